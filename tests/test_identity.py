"""Identity: release, environment, server and tags, from configuration or detected, always as Sentry takes them."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from judge import complaints
from sentry_relay.processing import StoreNormalizer

from asab_sentry.config import identity, option_types
from asab_sentry.config.identity import Identity, identify
from asab_sentry.config.options import Options

NORMALIZER = StoreNormalizer(project_id=1, enable_trimming=True, remove_other=True)

# What a variable of the environment may hold: any text without NUL, lone surrogates for bytes that are not UTF-8.
variables = st.text(st.characters(exclude_characters="\0"), min_size=1, max_size=8) | st.text(
    st.characters(codec="utf-8", exclude_characters="\0"), min_size=1, max_size=260
)


@pytest.fixture(autouse=True)
def _empty_directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The current directory, where a manifest is looked for, has none."""
    monkeypatch.chdir(tmp_path)


def of(options: Options | None = None, *, manifest: str | Path = "", **environ: str) -> Identity:
    """Return the identity of an application of class `App` on `host`."""
    return identify(options or Options(), appclass="App", hostname="host", manifest=str(manifest), environ=environ)


def versioned(path: Path, version: Any) -> Path:
    """Write a manifest."""
    path.write_text(json.dumps({"created_at": "2024-03-01", "version": version}))
    return path


def is_stored(found: Identity) -> bool:
    """Return whether Sentry stores release, environment, server and tags as they are, without a remark."""
    event = {"release": found.release, "environment": found.environment, "tags": dict(found.tags)}
    event = {key: value for key, value in event.items() if value is not None}
    stored = NORMALIZER.normalize_event(event)
    return (
        complaints(event) == []
        and dict(stored["tags"]) == found.tags
        and (stored.get("release"), stored.get("environment")) == (found.release, found.environment)
    )


def test_bare() -> None:
    """Where nothing is known, the release stays open, and class and host are all there is."""
    assert of()[:4] == (None, "production", "host", {"appclass": "App"})


def test_tags() -> None:
    """The variables of the site's remote control are tags, empty ones not, and constant tags come on top."""
    found = of(
        Options(tags={"team": "core", "site_id": "ours"}),
        NODE_ID="node-1",
        SERVICE_ID="service",
        INSTANCE_ID="service-1",
        SITE_ID="site",
        OTHER_ID="other",
    )
    assert found.tags == {
        "appclass": "App",
        "node_id": "node-1",
        "service_id": "service",
        "instance_id": "service-1",
        "site_id": "ours",
        "team": "core",
    }
    assert found.warnings == ()
    assert of(NODE_ID="", SITE_ID="") == of()


def test_server_name() -> None:
    """The configured name of the server beats the host name."""
    assert of(Options(server_name="elsewhere")).server_name == "elsewhere"


def test_environment() -> None:
    """The configured environment beats SITE_ID, which is the environment of a site."""
    assert of(SITE_ID="site").environment == "site"
    assert of(Options(environment="production"), SITE_ID="site").environment == "production"


class TestRelease:
    """The release from the manifest."""

    @pytest.mark.parametrize(
        ("version", "release"),
        [
            ("v23.40-alpha", "App@23.40-alpha"),
            ("1.2.3", "App@1.2.3"),
            (" v1.0\n", "App@1.0"),
            ("version-1", "App@version-1"),
            ("vv1", "App@vv1"),
            (25.15, "App@25.15"),
            (0, "App@0"),
        ],
    )
    def test_version(self, tmp_path: Path, version: Any, release: str) -> None:
        """It is class and version, without a leading v before a number."""
        found = of(manifest=versioned(tmp_path / "manifest.json", version))
        assert (found.release, found.warnings) == (release, ())
        assert is_stored(found)

    def test_configured(self, tmp_path: Path) -> None:
        """A configured release beats the manifest, which is not even read."""
        (tmp_path / "MANIFEST.json").write_text("nonsense")
        found = of(Options(release="other@1"))
        assert (found.release, found.warnings) == ("other@1", ())

    def test_places(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        """It is looked for where ASAB does, the first one found is used, and a configured path beats them."""
        assert identity.MANIFESTS == ("/app/MANIFEST.json", "/MANIFEST.json", "MANIFEST.json")
        names = tuple(str(tmp_path / name) for name in ("x" * 300, "none", "a", "b"))  # one that cannot even be asked
        monkeypatch.setattr(identity, "MANIFESTS", names)
        versioned(tmp_path / "a", 1)
        versioned(tmp_path / "b", 2)
        configured = versioned(tmp_path / "c", 3)
        assert of().release == "App@1"
        assert of(manifest=configured).release == "App@3"

    def test_current_directory(self, tmp_path: Path) -> None:
        """A manifest in the current directory is found."""
        if any(Path(path).exists() for path in identity.MANIFESTS[:2]):
            pytest.skip("this machine has a manifest of its own")
        versioned(tmp_path / "MANIFEST.json", "v1")
        assert of().release == "App@1"

    @pytest.mark.parametrize(
        ("content", "reason"),
        [
            (None, "FileNotFoundError"),
            ("", "JSONDecodeError"),
            ("nonsense", "JSONDecodeError"),
            ("{}", "ValueError: it has no key version"),
            ("[]", "ValueError: it has no key version"),
            ("null", "ValueError: it has no key version"),
            ('{"version": {"major": 1}}', "TypeError: it is neither a text nor a number"),
            ('{"version": [1, 2]}', "TypeError: it is neither a text nor a number"),
            ('{"version": null}', "ValueError: it is empty"),
            ('{"version": " "}', "ValueError: it is empty"),
        ],
    )
    def test_no_version(self, tmp_path: Path, content: str | None, reason: str) -> None:
        """A manifest without a version is a warning that names it, and the release stays open."""
        path = tmp_path / "manifest.json"
        if content is not None:
            path.write_text(content)
        found = of(manifest=path)
        (warning,) = found.warnings
        assert found.release is None
        assert warning.startswith(f"Manifest {path} gives no version ({reason}")


class TestMended:
    """What is detected is made acceptable."""

    @pytest.mark.parametrize(
        ("site", "environment"),
        [
            ("eu/prague", "eu-prague"),
            ("eu\\prague\t1", "eu-prague-1"),
            ("x" * 65, "x" * 64),
            ("é" * 33, "é" * 32),
            ("x" + "é" * 32, "x" + "é" * 31),
            ("caf\udce9", "caf-"),
            ("none", None),
            ("..", None),
            ("  ", None),
        ],
    )
    def test_environment(self, site: str, environment: str | None) -> None:
        """A SITE_ID that Sentry rejects is mended or left out, and a warning says how and what is accepted."""
        found = of(SITE_ID=site)
        warning = found.warnings[0]
        what = "is left out" if environment is None else f"is sent as {environment!r}"
        assert found.environment == (environment or "production")
        assert warning == f"SITE_ID {site!r} {what}: {option_types.ENVIRONMENT.accepts}"
        assert is_stored(found)

    @pytest.mark.parametrize(
        ("version", "release"),
        [("feature/x", "App@feature-x"), ("1\n2", "App@1-2"), ("x" * 200, "App@" + "x" * 196)],
    )
    def test_release(self, tmp_path: Path, version: str, release: str) -> None:
        """So is a version of the manifest."""
        path = versioned(tmp_path / "manifest.json", version)
        found = of(manifest=path)
        (warning,) = found.warnings
        assert found.release == release
        assert warning.startswith(f"version of {path} '")
        assert warning.endswith(f" is sent as {release!r}: {option_types.RELEASE.accepts}")
        assert is_stored(found)

    @pytest.mark.parametrize(
        ("node", "tag"), [("a\nb", "a b"), ("x" * 201, "x" * 200), (" ", "-"), (f"{'x' * 199} xx", "x" * 199)]
    )
    def test_tag(self, node: str, tag: str) -> None:
        """A variable that is no tag is mended, and a warning says which rule it broke."""
        found = of(NODE_ID=node)
        (warning,) = found.warnings
        assert found.tags["node_id"] == tag
        assert warning.startswith("Tag 'node_id': value '")
        assert warning.endswith(f"; it is sent as {tag[:60]!r}")
        assert is_stored(found)

    @given(*[variables] * 5)
    # How fast a machine is, is not what is tested, and the directory may be shared.
    @settings(deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture])
    @example("None ", "\udcff", "\x85", "x" * 199 + "\x1c\x1cy", "a/b")
    def test_anything(self, tmp_path: Path, site: str, node: str, service: str, instance: str, version: str) -> None:
        """Whatever is detected, Sentry stores what is sent as it is."""
        path = versioned(tmp_path / "manifest.json", version)
        found = of(manifest=path, SITE_ID=site, NODE_ID=node, SERVICE_ID=service, INSTANCE_ID=instance)
        assert is_stored(found)
        assert all("\n" not in warning for warning in found.warnings)
