"""Words that stand behind the name of a secret and are none: states, types, and what sentences are made of."""

from ....secret_keys.key_words import words_of

NOTHING = words_of(
    "none null nil nan undefined unset empty missing n/a true false yes no on off ok filtered redacted masked hidden "
    "omitted removed shown displayed withheld suppressed secret password token key value default optional required "
    "unknown anonymous any all self raise return await yield"
)
"""What is written where there is no secret."""

STATES = words_of(
    "absent accepted active already away bad blank broken busy changed check clean closed complete correct corrupt "
    "current denied different done down eof error expired failed failure fatal file fine found fresh good idle "
    "illegal inactive incomplete incorrect invalid later length live local lost malformed match mismatch new not "
    "obsolete offline old online open outdated pending present ready refused rejected reset revoked same short shorter "
    "stale started state still stopped success successful timeout too unavailable unexpected unsupported up valid weak "
    "wrong zero"
)
"""States of what is named."""

ABROAD = words_of(
    "abgelaufen falsch fehlt fehlerhaft leer ungültig zu "
    "chybí chybné neplatné neplatný prázdné příliš špatné vypršel vypršelo "
    "expiré incorrect invalide manquant trop vide "
    "caducado caducada demasiado incorrecta incorrecto inválida inválido vacía "
    "errata non scaduta scaduto troppo nieprawidłowe wygasł "
    "введите истёк истек не неверен неверный недействителен отсутствует попробуйте слишком "
    "不正确 无效 空 过期 错误 無効"
)
"""The same in other languages in which names of secrets are known, and how sentences about them begin."""

SPEECH = words_of(
    "a about access after again algorithm an and are as at audience authentication authorization be because been "
    "before but by can cannot character characters claim claims client contains could data decode decoded decoding "
    "did do does during each either ensure enter exception expected field fields for from given got had has have "
    "header headers how if in input is issuer it its just least line long longer make maximum may message might "
    "minimum mode more "
    "most must name needs nothing number of one only option or other our payload please reason request requires "
    "server set shall should signature so some string than that the their then there these they this those to type "
    "under until use used user using usually verification verify was we were what when where which while who will "
    "with within without would you your"
)
"""Words of sentences and of messages about a value."""

GLUE = words_of(
    "a an and are as at be because been by can cannot does for from has have if in is it least must not of or should "
    "than that the this to too was were will with without"
)
"""Of these, words that hold a sentence together."""

TYPES = words_of(
    "blob bool boolean bytea bytes bytearray char dict float int integer json jsonb list nvarchar object secretstr "
    "secretbytes str text tuple union uuid varbinary varchar"
)
"""Types, as in signatures."""

METHODS = words_of(
    "anonymous basic bearer cert certificate cookie digest external form gssapi ident internal jwt kerberos ldap login "
    "mtls negotiate ntlm oauth oauth2 oidc pam peer plain radius saml sasl scram session simple tls trust x509"
)
"""Ways to authenticate."""

WORDS = NOTHING | STATES | ABROAD | SPEECH | TYPES | METHODS
