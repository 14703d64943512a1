"""Words of keys: of those that name a secret, of those that tell something about one, and of addresses of clients."""


def words_of(text: str, separator: str | None = None) -> frozenset[str]:
    """Return the words of a text that lists them."""
    return frozenset(text.split(separator))


ENDINGS = words_of(
    "password passwd passphrase passcode passwort kennwort pwd pw secret token cookie apikey privatekey secretkey "
    "accesskey credential sessionid sessid secretid "
    "密码 密碼 口令 密钥 密鑰 私钥 令牌 パスワード 暗証番号 秘密鍵 シークレット トークン 비밀번호 암호 비밀키 토큰"
)
"""A word that ends so names a secret; so does its plural."""

WORDS = words_of(
    "auth authcode authorization bearer connstr cred creds csrf cvc cvv jwt mnemonic morsel otp pass passw pin psk "
    "mtan pasword passowrd passwrd passwrod preshared psswd pswd pword sess session sig totp xsrf "
    "creditcard adminpass dbpass ftppass gpgpass httppass keypass keystorepass ldappass mailpass mdp mongopass "
    "mqttpass mypass mysqlpass pgpass proxypass pwhash redispass rootpass smbpass smtppass sqlpass sshpass storepass "
    "srcstorepass deststorepass sudopass userpass vpnpass wifipass dockercfg dockerconfigjson "
    "adgangskode clave contrasena contrasenia contraseña geheim geheimnis haslo hasło hesla heslem heslo jelszo jelszó "
    "kodeord losenord lozinka lösenord motdepasse parola parolachiave passe passord passordet salasana secreta senha "
    "sifre şifre wachtwoord zugangsdaten парола пароль пароля паролем секрет токен "
    "geslo jeton parolă slaptažodis slaptazodis tajemstvi tajemství zaporka лозинка סיסמה סיסמא "
    "zugangscode zugangsschlüssel geheimschlüssel"
)
"""Words that name a secret as a whole only: `author` and `passenger` are others."""

LOOSE = words_of("auth authorization bearer cred creds csrf jeton morsel pass sess session sig xsrf")
LOOSE_ENDINGS = words_of("token cookie credential sessionid sessid 令牌 トークン 토큰")
LOOSE_PAIRS = frozenset({"session id", "session ids"})
"""What of these texts also use for something else: the token of a parser, the session of a database."""

PAIRS = frozenset(
    f"{first} {second}"
    for second, before in {
        "key": "access account activation admin aes airtable anthropic api apim apns app application auth azure bot "
        "cipher client consumer crypt crypto decrypt decryption deploy dsa ecdsa enc encryption fcm fernet "
        "firebase function functions genie google gpg hmac host integration isakmp jwk jwt kms license mailgun "
        "master openai pgp preshared private radius rapidapi recovery root rsa secret security sendgrid "
        "serial server service session shared sign signing ssh storage stream stripe subscription symmetric "
        "tacacs tls twilio unlock unseal wallet webhook wifi wrapping priv",
        "id": "secret session sess",
        "sid": "connect",
        "string": "community conn connection secure",
        "community": "snmp",
        "digest": "super",
        "seed": "mfa wallet",
        "str": "conn connection",
        "code": "access activation auth authorization backup device fa factor mfa pairing pin recovery reset security "
        "sms time unlock verification",
        "phrase": "recovery seed",
        "url": "presigned sas signed webhook",
        "response": "saml",
        "verifier": "code oauth",
        "answer": "secret security",
        "assertion": "client saml",
        "number": "card cc",
        "card": "credit debit",
        "salt": "auth nonce password secret secure",
        "login": "sonar",
        "pat": "access gh github gitlab",
        "sk": "stripe",
        "signature": "amz goog oauth",
        "api": "chave chiave clave cle clé klic klíč klucz llave ключ",
        "secrète": "clé",
        "segreta": "chiave",
        "schlüssel": "api geheimer privater",
        "ключ": "закрытый приватный секретный",
        "доступа": "токен",
        "sandi": "kata",
        "khẩu": "mật",
        "المرور": "كلمة",
        "klíč": "api privátní přístupový soukromý šifrovací tajný",
        "klic": "api privatni pristupovy soukromy sifrovaci tajny",
    }.items()
    for first in before.split()
)
"""Words that name a secret only together; the last one may be a plural."""

WORDS |= {pair.replace(" ", "") for pair in PAIRS if pair.endswith(" key")}

LAST = frozenset(word for pair in PAIRS for word in (pair.split()[1], f"{pair.split()[1]}s"))
"""The words of these that come last."""

FIRST = frozenset(pair.split()[0] for pair in PAIRS)
"""Those that come first."""

ABOUT = words_of(
    "age algorithm arn at attempts backend bits bucket budget bytes cache change changed class count created days dir "
    "directory domain enabled encoder endpoint error errors exp expiration expired expires expiry factory failed "
    "failure failures field file flow format from handler hasher hashers hint hits host hours id info interval issuer "
    "kind len length lifetime limit line loaded manager max mechanism method middleware min minutes misses missing "
    "mode model module ms name no number path plugin policy port prefix provider rate ratio ref required reset "
    "retries rotation scheme scope seconds server size sock source start state stats stdin status store strategy "
    "strength suffix time timeout timestamp total ttl type uri url usage used user username valid validity version"
)
"""Last words by which a key tells something about a secret. (`id` is no such word after `session`.)"""

OTHERS = frozenset(
    f"{first} {second}"
    for second, before in {
        "auth": "has is need no require skip use with",
        "credentials": "allow no use with",
        "password": "forgot has is need no require show use with",
        "token": "bos cancel cancellation continuation eos is mask next no pad page sep special stop unk use",
        "tokens": "cached completion input max min num output prompt reasoning special stop thinking total used",
    }.items()
    for first in before.split()
)
"""Words at the end of a key that together name no secret: a flag, a count, a page."""

PERSONAL = words_of(
    "client address, client ip, client host, remote ip, remote host, remote address, peer ip, forwarded, "
    "forwarded for, x client ip, cf connecting ip, true client ip, user ip, ip address, source address, network "
    "peer address, x forwarded for, x real ip, remote addr",
    ", ",
)
"""Keys that end so name the address of a client. The access log of ASAB has two more: `I` and `Ix`."""

WHOLE = frozenset({"aiohttp session", "connect sid", "csrftoken", "symfony", "x csrftoken"})
"""Keys that name a secret as they are, beside those above: of the lists of sentry-sdk 2."""

ARGUMENTS = frozenset({"sys argv", "argv", "process command args", "process command line"})
"""Keys of process arguments: sentry-sdk's, and those of OpenTelemetry."""
