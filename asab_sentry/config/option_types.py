"""The kinds of options: how the text of one becomes a value, and in one sentence what is accepted."""

from .. import tags
from ..secret_keys import denylist
from . import certificates, fingerprint_rules, levels, locations, names, notation, patterns, quantities
from .kind import Kind, one_of, or_nearest, or_off, parser_of_words, spaced_only

SLUG = Kind(names.slug, "accepted are 1 to 50 of a-z, 0-9, _ and -")
NAME = Kind(names.name, "accepted is a name of 1 to 200 characters")
BOOLEAN = Kind(
    one_of(
        {word: truth for truth, group in ((True, "yes true on 1"), (False, "no false off 0")) for word in group.split()}
    ),
    "accepted is yes or no",
    notation.boolean,
)
OWN = "own"
"""Local variables of the frames of the application, and of no others."""
VARIABLES = Kind(
    lambda text: OWN if text.lower() == OWN else BOOLEAN.parse(text),
    "accepted is yes, no, or own (only in frames of the application)",
    notation.boolean,
)
LIFECYCLE = Kind(one_of({"trace": "trace", "manual": "manual"}), "accepted is trace or manual")
NUMBER = Kind(quantities.number, "accepted is a number")
FUNCTIONS = Kind(
    parser_of_words(names.is_function, "is no full name of a function"),
    "accepted are full names of functions, as in shop.orders.load, separated by white space, commas or lines",
)
RATE = Kind(quantities.rate, "accepted is a number from 0 to 1")
COUNT = Kind(quantities.count, "accepted is a whole number, 0 or more")
POSITIVE = Kind(quantities.positive, "accepted is a whole number, 1 or more")
SECONDS = Kind(
    quantities.seconds,
    "accepted is a time of 0 or more, in seconds or with a unit as in 500ms, 2s, 1m",
    notation.seconds,
)
BUDGET = Kind(or_off(quantities.positive), "accepted is a whole number, 1 or more, or off")
INTERVAL = Kind(
    quantities.interval,
    "accepted is a time of more than 0, in seconds or with a unit as in 30s, 1m, 1h",
    notation.seconds,
)
GRACE = Kind(
    or_off(quantities.interval),
    "accepted is a time of more than 0, in seconds or with a unit as in 30s, 1m, or off",
    notation.seconds,
)
LEVEL = Kind(or_off(or_nearest(levels.number, levels.NAMES)), f"accepted is {levels.ACCEPTED}, or off", notation.level)
CLASSES = Kind(
    parser_of_words(names.is_class, "is no name of a class"),
    "accepted are names of classes separated by white space, commas or lines",
)
MODULES = Kind(
    parser_of_words(names.is_module, "is no name of a module"),
    "accepted are names of modules, which stand for all below them, separated by white space, commas or lines",
)
WORDS = Kind(
    parser_of_words(lambda word: ";" not in word, "has a semicolon, which does not separate here"),
    "accepted are names separated by white space, commas or lines",
)
DSN = Kind(locations.dsn, "accepted is a DSN as in https://PUBLIC_KEY@HOST/PROJECT_NUMBER")
PATHS = Kind(
    parser_of_words(locations.is_path, "is no absolute path", split=spaced_only),
    "accepted are absolute paths separated by white space or lines, with * for any characters",
)
TOKEN = Kind(locations.token, "accepted is a token as Sentry shows it, without white space")
URL = Kind(locations.url, "accepted is a URL as in http://host:3128")
FILE = Kind(locations.file, "accepted is the path of a file")
CERTIFICATES = Kind(certificates.trusted, "accepted is the path of a file")
DIRECTORY = Kind(locations.directory, "accepted is the path of a directory, or nothing")
SIZE = Kind(
    quantities.size, "accepted is a size of more than 0, in bytes or with a unit as in 500k, 64M, 1G", notation.size
)
FUNCTION = Kind(names.function, "accepted is module:callable")
HOOK = Kind(names.hook("event", "hint"), "accepted is module:callable")
SAMPLER = Kind(names.hook("context"), "accepted is module:callable")
CALLED_WITH = {HOOK: ("event", "hint"), SAMPLER: ("context",)}
"""Of what code may also give as what it is."""
TAG_KEYS = Kind(
    names.tag_keys,
    f"accepted are keys of up to {tags.MAX_KEY} {tags.KEY}, separated by white space, commas or lines",
)
TARGETS = Kind(
    patterns.targets,
    "accepted is internal, all, off, or regular expressions separated by white space or lines",
    notation.targets,
)
TRANSACTIONS = Kind(
    patterns.transactions, "accepted are paths as in /health* or GET /asab/v1/*, separated by commas or lines"
)
STATUSES = Kind(
    quantities.statuses,
    "accepted are HTTP statuses and ranges of them, as in 500-599 or 404 500-599, or off",
    notation.statuses,
)
FILTERS = Kind(
    patterns.filters,
    "accepted are regular expressions that do not match the empty text, separated by white space or lines",
)
SHAPES = Kind(
    names.personal, "accepted are some of email, phone, ip and iban, separated by white space, commas or lines"
)
KEYS = Kind(
    parser_of_words(denylist.words_of_key, "has neither letters nor digits"),
    "accepted are keys, as in credit_card, separated by white space, commas or lines",
)
TYPES = Kind(
    parser_of_words(names.is_type, "is no name of a type or module"),
    "accepted are names of types and modules, with wildcards, as in myapp.models.* torch.Tensor, separated by white "
    "space, commas or lines",
)
RULES = Kind(
    fingerprint_rules.parse_lines,
    "accepted are lines as in logger:kazoo* = zookeeper-away, or type:ConnectionError message:*mongo* = mongo-away",
)
BODY_SIZE = Kind(
    one_of({size: size for size in ("never", "small", "medium", "always")}),
    "accepted is never, small (up to 1 kB), medium (up to 10 kB) or always",
)
INTEGRATIONS = Kind(
    names.integrations, "accepted are names of sentry-sdk's integrations separated by white space, commas or lines"
)

# What Sentry's ingestion rejects (sentry-relay, `validate_release`, `validate_environment`).
RELEASE = Kind(
    names.identifier(200, "latest"),
    "accepted is a name of 1 to 200 bytes, as in app@1.2.3, without control characters, / and \\, "
    "and not '.', '..' or 'latest'",
)
DIST = Kind(names.dist, "accepted are 1 to 64 letters of English, digits and _ . -")
ENVIRONMENT = Kind(
    names.identifier(64, "none"),
    "accepted is a name of 1 to 64 bytes, as in production, without control characters, / and \\, "
    "and not '.', '..' or 'none'",
)
