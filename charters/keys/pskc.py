"""Read PSKC, the suppliers' XML of seeds (RFC 6030): plain, or encrypted with a shared key or a password. Pure.

Hostile XML is refused (no DTD, no entity, no external reference, bounded depth, size and derivation). Each fault names
its line. As RFC 6030, 6 says, with AES-CBC the MAC is checked before anything is decrypted with the value's own key.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import re
from dataclasses import dataclass, field
from typing import Any

from charters.keys.supplied_key import FAULTS_SHOWN, MAX_KEYS, Fault, SuppliedKey, key_of

PSKC = "urn:ietf:params:xml:ns:keyprov:pskc"
_DEPTH = 20
_NODES = 40 * MAX_KEYS
_ITERATIONS = 1_000_000
_NUMBER_BYTES = 8
_COUNTER_END = 10**15  # no key counts so far
_AES = {
    "http://www.w3.org/2001/04/xmlenc#aes128-cbc": 16,
    "http://www.w3.org/2001/04/xmlenc#aes192-cbc": 24,
    "http://www.w3.org/2001/04/xmlenc#aes256-cbc": 32,
}
_MACS = {
    "http://www.w3.org/2000/09/xmldsig#hmac-sha1": "sha1",
    "http://www.w3.org/2001/04/xmldsig-more#hmac-sha256": "sha256",
    "http://www.w3.org/2001/04/xmldsig-more#hmac-sha384": "sha384",
    "http://www.w3.org/2001/04/xmldsig-more#hmac-sha512": "sha512",
}
_KINDS = {f"{PSKC}:totp": "totp", f"{PSKC}:hotp": "hotp"}


class _Unreadable(Exception):
    """Raised with a French sentence about one key or about the whole file."""


@dataclass(frozen=True, slots=True)
class _Opener:
    """The two keys that open the values of a file: the encryption key and the MAC key."""

    key: bytes = field(repr=False)
    mac_key: bytes = field(repr=False)
    digest: str

    def open(self, encrypted: Any, mac: str) -> bytes:
        """The decrypted bytes of an `EncryptedValue`. Raises _Unreadable."""
        data = _cipher_value(encrypted)
        right = hmac.new(self.mac_key, data, self.digest).digest()
        if not hmac.compare_digest(right, _base64(mac)):
            raise _Unreadable("la signature de contrôle (ValueMAC) ne correspond pas : clé fausse ou fichier altéré.")
        return _decrypt(self.key, encrypted, data)


def read(content: bytes, secret: str = "") -> tuple[list[SuppliedKey], list[Fault]]:
    """The keys of a PSKC file, and its faults."""
    try:
        root = _parse(content)
        if _local(root) != "KeyContainer":
            raise _Unreadable("Ce fichier XML n’est pas du PSKC (RFC 6030) : il ne commence pas par KeyContainer.")
        opener = _opener(root, secret)
    except _Located as located:
        return [], [Fault(located.line, located.sentence)]
    except _Unreadable as fault:
        return [], [Fault(0, str(fault))]
    found: list[SuppliedKey] = []
    faults: list[Fault] = []
    for package in _all(root, "KeyPackage"):
        if len(found) >= MAX_KEYS or len(faults) >= FAULTS_SHOWN:
            faults.append(Fault(package.line, "la lecture s’arrête ici : trop de clés, ou trop de fautes."))
            break
        if (key := _key(package, opener, faults)) is not None:
            found.append(key)
    return found, faults


def _key(package: Any, opener: _Opener | None, faults: list[Fault]) -> SuppliedKey | None:
    element = _one(package, "Key")
    if element is None:
        faults.append(Fault(package.line, "ce KeyPackage ne contient pas de clé."))
        return None
    line = element.line
    algorithm = element.get("Algorithm", "")
    if algorithm not in _KINDS:
        faults.append(Fault(line, "cette clé n’est ni TOTP ni HOTP."))
        return None
    try:
        values = _values(package, element, opener) | {"kind": _KINDS[algorithm]}
        seed = _data(element, "Secret", opener)
        if seed is None:
            raise _Unreadable("le secret manque.")
    except _Unreadable as fault:
        faults.append(Fault(line, str(fault)))
        return None
    return key_of(line, values, seed, faults)


def _values(package: Any, element: Any, opener: _Opener | None) -> dict[str, str]:
    shape = _path(element, "AlgorithmParameters", "ResponseFormat")
    if shape is not None and shape.get("Encoding", "DECIMAL") != "DECIMAL":
        raise _Unreadable("les codes de cette clé ne sont pas des chiffres (Encoding).")
    return {
        "serial": _words(_path(package, "DeviceInfo", "SerialNo")) or element.get("Id", ""),
        "digits": shape.get("Length", "") if shape is not None else "",
        "algorithm": _words(_path(element, "AlgorithmParameters", "Suite")),
        "counter": _number(element, "Counter", opener),
        "interval": _number(element, "TimeInterval", opener),
    }


def _number(element: Any, name: str, opener: _Opener | None) -> str:
    """A value that is a number, as text: it is written so when plain, and as bytes when it was encrypted.

    RFC 6030 encrypts big-endian bytes (4 or 8 of them), some suppliers encrypt digits. Digits are read as such where
    their bytes would make a number that no key has; where both readings are possible, the value is refused.
    """
    parent = _path(element, "Data", name)
    if parent is None:
        return ""
    plain = _one(parent, "PlainValue")
    if plain is not None:
        return _words(plain)
    opened = _data(element, name, opener)
    if opened is not None and len(opened) > _NUMBER_BYTES:  # Python refuses to print a number of thousands of digits
        raise _Unreadable("un nombre chiffré est trop grand.")
    if opened is None:
        return ""
    if not opened:
        raise _Unreadable("un nombre chiffré est vide.")
    number = int.from_bytes(opened, "big")
    if not re.fullmatch(rb"[0-9]+", opened):
        return str(number)
    if name == "Counter" and number < _COUNTER_END:
        raise _Unreadable("le compteur chiffré peut se lire de deux façons : demandez-le en clair au fournisseur.")
    return opened.decode("ascii")


def _data(element: Any, name: str, opener: _Opener | None) -> bytes | None:
    parent = _path(element, "Data", name)
    if parent is None:
        return None
    plain, encrypted = _one(parent, "PlainValue"), _one(parent, "EncryptedValue")
    if plain is not None:
        return _base64(_words(plain))
    if encrypted is None:
        return None
    if opener is None:
        raise _Unreadable("le secret est chiffré, et le fichier ne dit pas comment (EncryptionKey).")
    mac = _words(_one(parent, "ValueMAC"))
    if not mac:
        raise _Unreadable("le secret est chiffré sans signature de contrôle (ValueMAC) : il pourrait être altéré.")
    return opener.open(encrypted, mac)


# --- the keys that open the file ---


def _opener(root: Any, secret: str) -> _Opener | None:
    """The keys that open the file's values; None when nothing is encrypted. Raises _Unreadable."""
    parent, method = _one(root, "EncryptionKey"), _one(root, "MACMethod")
    if parent is None:
        return None
    if not secret:
        raise _Unreadable("Ce fichier est chiffré : donnez la clé ou le mot de passe que le fournisseur vous a remis.")
    derived = _one(parent, "DerivedKey")
    key = _derived(derived, secret) if derived is not None else _agreed(secret)
    algorithm = method.get("Algorithm", "") if method is not None else ""
    if algorithm not in _MACS:
        raise _Unreadable("La signature de contrôle (MACMethod) manque, ou n’est pas HMAC-SHA1, SHA-256, 384 ou 512.")
    encrypted = _one(method, "MACKey")
    if encrypted is None:
        return _Opener(key, key, _MACS[algorithm])
    try:
        return _Opener(key, _decrypt(key, encrypted, _cipher_value(encrypted)), _MACS[algorithm])
    except _Unreadable as fault:
        raise _Unreadable("La clé ou le mot de passe n’ouvre pas ce fichier.") from fault


def _agreed(secret: str) -> bytes:
    """The key agreed with the supplier, from its usual written form: hexadecimal or base64 of 16, 24 or 32 bytes."""
    bare = re.sub(r"[\s:\-]", "", secret)
    if re.fullmatch(r"(?:[0-9A-Fa-f]{32}|[0-9A-Fa-f]{48}|[0-9A-Fa-f]{64})", bare):
        return bytes.fromhex(bare)
    try:
        key = base64.b64decode(secret.strip(), validate=True)
    except (binascii.Error, ValueError):
        key = b""
    if len(key) not in (16, 24, 32):
        raise _Unreadable("La clé convenue avec le fournisseur s’écrit en hexadécimal : 32, 48 ou 64 caractères.")
    return key


def _derived(parent: Any, password: str) -> bytes:
    """The key derived by PBKDF2 (RFC 6030, 6.2; RFC 8018). Its cost is bounded, or a hostile file would take hours."""
    method = _one(parent, "KeyDerivationMethod")
    if method is None or not method.get("Algorithm", "").lower().endswith("#pbkdf2"):
        raise _Unreadable("Ce fichier dérive sa clé autrement que par PBKDF2 : demandez-en un autre au fournisseur.")
    parameters = _one(method, "PBKDF2-params")
    if parameters is None:
        raise _Unreadable("Les paramètres de PBKDF2 manquent.")
    salt = _base64(_words(_path(parameters, "Salt", "Specified")))
    count, length = _words(_one(parameters, "IterationCount")), _words(_one(parameters, "KeyLength")) or "16"
    if not salt or not re.fullmatch(r"[0-9]{1,7}", count) or not 1 <= int(count) <= _ITERATIONS:
        raise _Unreadable("Les paramètres de PBKDF2 ne conviennent pas (sel, ou nombre de tours).")
    if length not in ("16", "24", "32"):
        raise _Unreadable("La clé dérivée compte 16, 24 ou 32 octets.")
    function = _one(parameters, "PRF")
    named = function.get("Algorithm", "").lower() if function is not None else ""
    digest = next((name for name in ("sha512", "sha384", "sha256", "sha1") if name in named), "" if named else "sha1")
    if not digest:
        raise _Unreadable("La fonction de PBKDF2 n’est pas HMAC-SHA1, SHA-256, 384 ou 512.")
    return hashlib.pbkdf2_hmac(digest, password.encode(), salt, int(count), int(length))


def _decrypt(key: bytes, parent: Any, data: bytes) -> bytes:
    from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

    method = _one(parent, "EncryptionMethod")
    size = _AES.get(method.get("Algorithm", "")) if method is not None else None
    if size is None:
        raise _Unreadable("ce chiffrement n’est pas AES-CBC.")
    if len(key) != size:
        raise _Unreadable("la clé n’a pas la longueur que demande le chiffrement.")
    if len(data) < 32 or len(data) % 16:
        raise _Unreadable("la valeur chiffrée est incomplète.")
    opened = Cipher(algorithms.AES(key), modes.CBC(data[:16])).decryptor()
    plain = opened.update(data[16:]) + opened.finalize()
    if not 1 <= plain[-1] <= 16:
        raise _Unreadable("la clé ou le mot de passe n’ouvre pas cette valeur.")
    return plain[: -plain[-1]]


def _cipher_value(parent: Any) -> bytes:
    return _base64(_words(_path(parent, "CipherData", "CipherValue")))


def _base64(text: str) -> bytes:
    try:
        return base64.b64decode("".join(text.split()), validate=True)
    except (binascii.Error, ValueError) as error:
        raise _Unreadable("une valeur n’est pas du base64.") from error


# --- XML ---


class _Located(Exception):
    def __init__(self, line: int, sentence: str) -> None:
        self.line, self.sentence = line, sentence
        super().__init__(sentence)


def _parse(content: bytes) -> Any:
    """The root element; each element has its `line`. Raises _Located."""
    import xml.etree.ElementTree as plain_tree  # for its errors only: defusedxml parses

    from defusedxml import DefusedXmlException
    from defusedxml.ElementTree import DefusedXMLParser

    parser = DefusedXMLParser(forbid_dtd=True, forbid_entities=True, forbid_external=True)
    expat: Any = parser.parser
    start, end, state = expat.StartElementHandler, expat.EndElementHandler, {"depth": 0, "nodes": 0}

    def started(*args: Any) -> Any:
        state["depth"] += 1
        state["nodes"] += 1
        if state["depth"] > _DEPTH or state["nodes"] > _NODES:
            raise _Located(expat.CurrentLineNumber, "Ce fichier XML est trop profond ou trop long pour être du PSKC.")
        element = start(*args)
        element.line = expat.CurrentLineNumber
        return element

    def ended(*args: Any) -> Any:
        state["depth"] -= 1
        return end(*args)

    expat.StartElementHandler, expat.EndElementHandler = started, ended
    try:
        parser.feed(content)
        return parser.close()
    except DefusedXmlException:
        raise _Located(
            expat.CurrentLineNumber, "Ce fichier XML contient une déclaration (DTD, entité) qui peut nuire : refusé."
        ) from None
    except plain_tree.ParseError as error:
        raise _Located(getattr(error, "position", (0,))[0], "Ce fichier XML est mal formé.") from None
    except (LookupError, ValueError):
        raise _Located(0, "L’encodage de ce fichier XML n’est pas connu.") from None


def _local(element: Any) -> str:
    """The name without its namespace, since suppliers use the namespaces of RFC 6030 or of its drafts."""
    return str(element.tag).rpartition("}")[2]


def _all(parent: Any, name: str) -> list[Any]:
    return [element for element in parent if _local(element) == name]


def _one(parent: Any, name: str) -> Any:
    return None if parent is None else next(iter(_all(parent, name)), None)


def _path(parent: Any, *names: str) -> Any:
    for name in names:
        parent = _one(parent, name)
    return parent


def _words(element: Any) -> str:
    return (element.text or "").strip() if element is not None else ""
