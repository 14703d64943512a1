"""Files of certificates and keys: what cannot be used is told at the start, by its name, and not by OpenSSL's words."""

import ssl

from . import locations
from .kind import Reason


def trusted(text: str) -> str:
    """Return the path of a file of certificates."""
    path = locations.file(text)
    try:
        ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).load_verify_locations(path)
    except ssl.SSLError as error:
        raise Reason("it holds no certificates in PEM") from error
    except OSError as error:
        raise Reason(error.strerror) from error
    return path


def fault(cert_file: str, key_file: str | None) -> str | None:
    """Return what is wrong with a certificate of the client and its key, which may be in the same file."""
    try:
        # Nobody is there to be asked for a password.
        ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).load_cert_chain(cert_file, key_file, password=lambda: "")
    except ssl.SSLError:
        place = f"in {key_file}" if key_file else "in it, or in a key_file"
        return f"it holds no certificate in PEM whose key is {place}, not encrypted"
    except (OSError, ValueError) as error:
        return getattr(error, "strerror", None) or str(error)
    return None
