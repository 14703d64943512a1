"""Tokens of providers, by their prefixes."""

import string

import pytest

from asab_sentry.pipeline.scrubbing.secret_patterns import providers

LETTERS = (string.ascii_letters + string.digits) * 4
HEX = "0123456789abcdef" * 4
TOKENS = {
    "1Password": ("ops_eyJ", LETTERS),
    "Adafruit": ("aio_", LETTERS[:28]),
    "age": ("AGE-SECRET-KEY-1", "QPZRY9X8GF2TVDW0S3JN54KHCE6MUA7L" * 2),
    "Airtable": ("patABCDEF01234567.", HEX),
    "Alibaba": ("LTAI", LETTERS[:20]),
    "Amazon MWS": ("amzn.mws.", LETTERS[:36]),
    "Anthropic": ("sk-ant-api03-", LETTERS),
    "Artifactory": ("AKCp", LETTERS[:69]),
    "Atlassian": ("ATATT3", LETTERS),
    "AWS": ("AKIA", "ABCDEFGH23456789"),
    "Azure": ("abc8Q~", LETTERS[:34]),
    "Brevo": ("xkeysib-", HEX),
    "Buildkite": ("bkua_", HEX[:40]),
    "Clojars": ("CLOJARS_", HEX[:60]),
    "Contentful": ("CFPAT-", LETTERS[:43]),
    "Databricks": ("dapi", HEX[:32]),
    "DigitalOcean": ("dop_v1_", HEX),
    "Docker": ("dckr_pat_", LETTERS[:27]),
    "Doppler": ("dp.pt.", LETTERS[:40]),
    "Dynatrace": ("dt0c01.", LETTERS[:24].upper() + "." + LETTERS[:64].upper()),
    "Dropbox": ("sl.", LETTERS[:130]),
    "Figma": ("figd_", LETTERS[:40]),
    "Fly": ("fo1_", LETTERS[:43]),
    "GitHub": ("ghp_", LETTERS[:36]),
    "GitLab": ("glpat-", LETTERS[:20]),
    "Google": ("AIza", LETTERS[:35]),
    "Grafana": ("glsa_", LETTERS[:32]),
    "Groq": ("gsk_", LETTERS[:52]),
    "HashiCorp": ("hvs.", LETTERS[:90]),
    "HubSpot": ("pat-na1-", LETTERS[:36]),
    "Hugging Face": ("hf_", string.ascii_letters[:34]),
    "keys in base64": ("LS0tLS1CRUdJTiB", LETTERS),
    "NTLM and SAML in base64": ("TlRMTVNTUAAD", LETTERS),
    "LangSmith": ("lsv2_pt_", HEX[:32]),
    "Linear": ("lin_api_", LETTERS[:40]),
    "MailerSend": ("mlsn.", HEX),
    "Mailgun": ("key-", HEX[:32]),
    "Mollie": ("live_", LETTERS[:20] + "7" + LETTERS[20:29]),
    "Netlify": ("nfp_", LETTERS[:40]),
    "New Relic": ("NRAK-", LETTERS[:27]),
    "Notion": ("ntn_", LETTERS[:46]),
    "npm": ("npm_", LETTERS[:36]),
    "NVIDIA": ("nvapi-", LETTERS[:64]),
    "OpenAI": ("sk-proj-", LETTERS[:48]),
    "OpenRouter": ("sk-or-v1-", HEX),
    "PASETO": ("v4.local.", LETTERS),
    "Perplexity": ("pplx-", LETTERS[:48]),
    "PlanetScale": ("pscale_tkn_", LETTERS[:43]),
    "PostHog": ("phx_", LETTERS[:43]),
    "Postman": ("PMAK-", HEX[:24]),
    "Pulumi": ("pul-", HEX[:40]),
    "PyPI": ("pypi-AgE", LETTERS),
    "Replicate": ("r8_", LETTERS[:37]),
    "RubyGems": ("rubygems_", HEX[:48]),
    "SendGrid": ("SG.", LETTERS[:22] + "." + LETTERS[:43]),
    "Sentry": ("sntrys_", LETTERS),
    "Shippo": ("shippo_live_", HEX[:40]),
    "Shopify": ("shpat_", HEX[:32]),
    "Slack": ("xoxb-", "123456789012-1234567890123-" + LETTERS[:24]),
    "SonarQube": ("squ_", HEX[:40]),
    "Square": ("sq0csp-", LETTERS[:43]),
    "Stripe": ("sk_live_", LETTERS[:24]),
    "Supabase": ("sb_secret_", LETTERS[:31]),
    "Swarm": ("SWMTKN-1-", LETTERS[:50]),
    "Tailscale": ("tskey-", "auth-" + LETTERS[:20]),
    "Tavily": ("tvly-", LETTERS[:32]),
    "Telegram": ("1234567890:AA", LETTERS[:33]),
    "Twilio": ("SK", HEX[:32]),
    "xAI": ("xai-", LETTERS[:80]),
}
"""A token of each, in two parts, so that no tool takes this file for a leak."""


def test_each_provider_has_an_example() -> None:
    """No prefix is in the table without a token that it is to find."""
    assert sorted(providers.PREFIXES.keys() - TOKENS.keys()) == [], "providers without an example in `TOKENS`"
    assert list(TOKENS) == list(providers.PREFIXES), "`TOKENS` has the order of the table"


@pytest.mark.parametrize("provider", TOKENS)
def test_tokens(provider: str) -> None:
    """A token is found wherever it stands in a text, also when it was cut."""
    token = "".join(TOKENS[provider])
    for text in (f"{token}", f"rejected {token}.", f"key={token}&a=1", f"'a\\n{token}\\n'", f"['x', '{token}']"):
        assert providers.may_hold(text), "`_places` of providers.py has none of the marks of this prefix"
        left = providers.clean(text)
        assert token[-10:] not in left
        assert "[Filtered]" in left
        assert providers.clean(left) == left
    if provider != "Twilio":
        assert token[-12:-6] not in providers.clean(f"rejected {token[:-6]}...")


@pytest.mark.parametrize(
    "text",
    [
        "npm_lifecycle_event_something_long and npm_config_registry_of_the_company",
        "patientRecordsDao.findSomethingThatIsLonger",
        "sk-learn-compatible-estimators-of-all-kinds, the task-0123456789abcdefghij",
        "asab_sentry.pipeline.scrubbing.secret_patterns.providers of 0f14e45f-4111-4111-8111-111111111111",
        "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA, SKIPPED...",
    ],
)
def test_other_long_words(text: str) -> None:
    """Long words that begin otherwise, or go on otherwise, are left."""
    assert providers.clean(text) == text
