"""Tokens that say by themselves whose they are: providers give them a prefix so that they are found where they leak.

The prefixes are those that the providers document; tools that look for secrets in code, as gitleaks and detect-secrets,
list them too. Those tools take milliseconds for a line, so here only long words behind such a mark are looked at.
"""

import re

from ....objects.json_values import CUT
from ....runtime.expressions import compile_later
from ....secret_keys.denylist import FILTERED
from .rule import Rule, without_cut

SHORTEST = 20
"""Characters of a token that is known by its prefix."""

_ANY = r"(?=[\w.-]{20})"
_LETTERS = r"(?=[A-Za-z0-9]{20})"
_HEX = r"(?=[0-9a-f]{32})"

PREFIXES = {
    "1Password": r"ops_eyJ|A3-[A-Z0-9]{6}-(?=[A-Z0-9-]{20})",
    "Adafruit": rf"aio_{_LETTERS}",
    "age": r"AGE-SECRET-KEY-1",
    "Airtable": rf"pat[A-Za-z0-9]{{14}}\.{_HEX}",
    "Alibaba": r"LTAI(?=[A-Za-z0-9]{16})",
    "Amazon MWS": rf"amzn\.mws\.{_ANY}",
    "Anthropic": rf"sk-ant-{_ANY}",
    "Artifactory": r"AKCp(?=[A-Za-z0-9]{60})|cmVmd(?=[A-Za-z0-9]{59})",
    "Atlassian": rf"AT[AC]TT3{_ANY}|ATBB(?=[A-Za-z0-9]{20})|BBDC-{_LETTERS}",
    "AWS": r"(?:A3T[A-Z0-9]|AKIA|ASIA|ABIA|ACCA)(?=[A-Z0-9]{16}(?![A-Za-z0-9]))",
    "Azure": rf"[\w~.]{{3}}[0-9]Q~{_ANY}",
    "Brevo": rf"xkeysib-{_LETTERS}",
    "Buildkite": rf"bkua_{_HEX}",
    "Clojars": rf"CLOJARS_{_LETTERS}",
    "Contentful": rf"CFPAT-{_ANY}",
    "Databricks": rf"dapi{_HEX}",
    "DigitalOcean": rf"do[opr]_v1_{_HEX}",
    "Docker": rf"dckr_[po]at_{_ANY}",
    "Doppler": rf"dp\.(?:pt|st|ct|sa|scim|audit)\.{_ANY}",
    "Dynatrace": rf"dt0[a-z]\d\d\.{_ANY}",
    "Dropbox": r"sl\.(?=[\w-]{60})",
    "Figma": rf"fig[dou]_{_ANY}",
    "Fly": rf"(?:fo1|fm[12])_{_ANY}",
    "GitHub": rf"gh[opsur]_{_LETTERS}|github_pat_{_LETTERS}",
    "GitLab": rf"(?:gl(?:pat|ptt|rt|dt|oas|cbt|ft|imt|agent|soat|ffct|wt)-|GR1348941){_ANY}",
    "Google": r"AIza(?=[\w-]{35})|ya29\.(?=[\w-]{20})|GOCSPX-(?=[\w-]{20})|1//0(?=[\w-]{40})",
    "Grafana": rf"gl(?:sa|c)_{_LETTERS}",
    "Groq": rf"gsk_{_LETTERS}",
    "HashiCorp": (
        rf"hv[sbr]\.{_ANY}|(?<=[ =:\"'])s\.(?=[A-Za-z]*\d)(?=[A-Za-z0-9]{{24}}(?![A-Za-z0-9]))|"
        rf"[A-Za-z0-9]{{14}}\.atlasv1\.{_ANY}"
    ),
    "HubSpot": rf"pat-[a-z]{{2}}\d-{_ANY}",
    "Hugging Face": rf"(?:hf|api_org)_{_LETTERS}",
    "keys in base64": (
        r"LS0tLS1CRUdJTiB(?!DRVJ|QVUJ)(?=[A-Za-z0-9+/]{20})|MII[CEJ][\w+/]{2}IBA(?:AKC|DANBgkqhkiG9w0BAQEFAASC)|"
        r"MHcCAQEEI|MIGHAgEAM|MC4CAQAwBQYDK2Vw|b3BlbnNzaC1rZXktdjE"
    ),
    "NTLM and SAML in base64": r"TlRMTVNTUAAD(?=[A-Za-z0-9+/]{12})|PHNhbW(?:w[26wy]|xwO)(?=[\w+/]{12})",
    "LangSmith": rf"lsv2_[ps][tk]_{_LETTERS}",
    "Linear": rf"lin_(?:api|oauth)_{_LETTERS}",
    "MailerSend": rf"mlsn\.{_LETTERS}",
    "Mailgun": rf"key-{_HEX}",
    "Mollie": r"(?:live|test)_(?=[A-Za-z]*\d)(?=[A-Za-z0-9]{30}(?!\w))",
    "Netlify": rf"nfp_{_LETTERS}",
    "New Relic": r"NR(?:AK|JS|II)-(?=[\w-]{16})",
    "Notion": rf"ntn_{_LETTERS}|secret_(?=[A-Za-z0-9]{{43}}(?!\w))",
    "npm": rf"npm_{_LETTERS}",
    "NVIDIA": rf"nvapi-{_ANY}",
    "OpenAI": rf"sk-(?:(?:proj|svcacct|admin)-{_ANY}|{_LETTERS})",
    "OpenRouter": rf"sk-or-v1-{_ANY}",
    "PASETO": rf"v[1-4]\.(?:local|public)\.{_ANY}",
    "Perplexity": rf"pplx-{_LETTERS}",
    "PlanetScale": rf"pscale_(?:tkn|pw|oauth)_{_ANY}",
    "PostHog": rf"phx_{_LETTERS}",
    "Postman": rf"PMAK-{_ANY}",
    "Pulumi": rf"pul-{_HEX}",
    "PyPI": rf"pypi-AgE{_ANY}",
    "Replicate": rf"r8_{_LETTERS}",
    "RubyGems": rf"rubygems_{_HEX}",
    "SendGrid": rf"SG\.{_ANY}",
    "Sentry": rf"sntry[su]_{_ANY}",
    "Shippo": rf"shippo_(?:live|test)_{_LETTERS}",
    "Shopify": rf"shp(?:at|ca|pa|ss)_{_HEX}",
    "Slack": rf"xox[abcdeoprs](?:\.xox[bp])?-(?=[\w-]{{10}})|xapp-(?=\d){_ANY}",
    "SonarQube": rf"sq[apu]_{_LETTERS}",
    "Square": rf"sq0(?:atp|csp|idp)-{_ANY}|EAAA(?=[\w-]{{40}})",
    "Stripe": r"[rs]k_(?:live|test|prod)_(?=[A-Za-z0-9]{10})|whsec_(?=[A-Za-z0-9+/]{20})",
    "Supabase": rf"sb_secret_{_ANY}|sbp_{_LETTERS}",
    "Swarm": rf"SWMTKN-1-{_ANY}",
    "Tailscale": rf"tskey-{_ANY}",
    "Tavily": rf"tvly-{_ANY}",
    "Telegram": r"(?<=[0-9]:)AA(?=[\w-]{32,34}(?![\w-]))",
    "Twilio": r"SK(?=[0-9a-f]{32}(?![0-9a-f]))",
    "xAI": rf"xai-{_LETTERS}",
}
"""Of each provider, how its tokens begin."""

LONGEST_PREFIX = 20

# Where a token may be: a mark with a long word behind it, or letters that tokens begin with.
# Each alternative begins with a letter, so that the others are passed over at once.
_places = compile_later(
    r"_[\w-]{16,}+|\.[\w-]{16,}+|-[\w-]{16,}+|~[\w-]{16,}+|A(?:(?<=\d:A)A|(?=KIA|SIA|BIA|CCA|3T|Iza|KCp|TATT|TBB|TCTT))|E(?=AAA)|"
    r"L(?=TAI|S0tLS1CRUdJTiB)|S(?=K[0-9a-f]{32})|d(?=api[0-9a-f]{8})|c(?=mVmd)|G(?=R134)|1//0(?=[\w-]{16})|"
    r"MII[CEJ][\w+/]{2}IBA|M(?=HcCAQEEI|IGHAgEAM|C4CAQAwBQYDK2Vw)|b(?=3BlbnNzaC1rZXktdjE)|T(?=lRMTVNTUAAD)|P(?=HNhbW[wx])"
)
_word_end = compile_later(r"[\w-]*")
_rest = compile_later(r"[\w.~+/=-]*(?::[\w+/=]{16,})?")
# Of a token that was cut, what its prefix looks ahead for is not there.
_ahead = re.compile(r"\(\?=(?:[^()]|\([^()]*\))*\)")


_prefix = compile_later(rf"(?:(?<![\w-])|(?<=\\[nrt]))(?:{'|'.join(PREFIXES.values())})")


_begun = "|".join(_ahead.sub("", begins) for name, begins in PREFIXES.items() if name != "Twilio")
_cut = compile_later(rf"(?<![\w-])(?:{_begun})[\w-]{{0,60}}(?=\.\.\.\Z)")


def may_hold(text: str) -> bool:
    """Return whether a text may have a token, or was cut."""
    return _places.search(text) is not None or text.endswith(CUT)


def clean(text: str) -> str:
    """Return a text without tokens of providers."""
    cleaned, done, seen = "", 0, 0
    for place in _places.finditer(text):
        if place.start() < seen:
            continue
        # Each word is looked at once.
        seen = _word_end.match(text, place.end()).end()  # type: ignore[union-attr]  # it matches anything
        prefix = _prefix.search(text, max(place.start() - LONGEST_PREFIX, done), seen)
        if prefix is None or prefix.start() > place.start():
            continue
        end = _rest.match(text, prefix.end()).end()  # type: ignore[union-attr]
        if end - prefix.start() >= SHORTEST:
            cleaned += text[done : prefix.start()] + FILTERED
            done = seen = end - 1 if text[end - 1] == "." else end
    text = cleaned + text[done:]
    return without_cut(text, _cut, far=4 * SHORTEST) if text.endswith(CUT) else text


RULE = Rule(
    "",
    may_hold,
    clean,
    {
        "clone with ghp_0123456789abcdefghijABCDEFGHIJ012345 failed": "clone with [Filtered] failed",
        "using AKIAIOSFODNN7EXAMPLE now": "using [Filtered] now",
        "SG.abcdefghijklmnopqrstuv.abcdefghijklmnopqrstuvwxyz0123456789abcdefg": "[Filtered]",
        "bot 1234567890:AAabcdefghijklmnopqrstuvwxyz0123456": "bot 1234567890:[Filtered]",
        "glpat-0123...": "[Filtered]...",
        "the sk-learn_compatible_estimators_of_all and task_0123456789abcdefghij": (
            "the sk-learn_compatible_estimators_of_all and task_0123456789abcdefghij"
        ),
    },
)
