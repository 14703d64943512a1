"""Functions of others that are replaced are put back, the last first, and only where they are still ours."""

from asab_sentry.patches import replace


class Base:
    def call(self):
        return ["theirs"]


class Derived(Base):
    pass


def wrapping(name):
    def make(original):
        return lambda *args: [name, *original(*args)]

    return make


def test_reverse_order():
    """What was replaced twice is as before when the second is ended first."""
    before = Base.call
    one, two = replace(Base, "call", wrapping("one")), replace(Base, "call", wrapping("two"))
    assert Base().call() == ["two", "one", "theirs"]
    two()
    assert Base().call() == ["one", "theirs"]
    one()
    assert Base.call is before


def test_somebody_else():
    """What somebody else has put in front of ours is left to them, and still works."""
    before = Base.call
    undo = replace(Base, "call", wrapping("ours"))
    Base.call = wrapping("other")(Base.call)
    undo()
    assert Base().call() == ["other", "ours", "theirs"]
    Base.call = before


def test_inherited():
    """What an object or a class inherits it inherits again."""
    obj = Derived()
    undos = [replace(Derived, "call", wrapping("class")), replace(obj, "call", wrapping("object"))]
    assert obj.call() == ["object", "class", "theirs"]
    for undo in reversed(undos):
        undo()
    assert ("call" in vars(Derived), "call" in vars(obj)) == (False, False)
    assert obj.call() == ["theirs"]
    undo()


def test_nothing_to_replace():
    """Where there is no such function, nothing is put there."""
    replace(Base, "gone", wrapping("ours"))()
    assert not hasattr(Base, "gone")
