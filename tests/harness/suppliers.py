"""Suppliers' files of keys for tests: the examples of RFC 6030, and CSV."""

from __future__ import annotations

_SPACES = (
    'xmlns="urn:ietf:params:xml:ns:keyprov:pskc" xmlns:ds="http://www.w3.org/2000/09/xmldsig#" '
    'xmlns:xenc="http://www.w3.org/2001/04/xmlenc#" xmlns:xenc11="http://www.w3.org/2009/xmlenc11#" '
    'xmlns:pkcs5="http://www.rsasecurity.com/rsalabs/pkcs/schemas/pkcs-5v2-0#"'
)
AES = "http://www.w3.org/2001/04/xmlenc#aes128-cbc"
AGREED = "12345678901234567890123456789012"  # RFC 6030, 6.1
PASSWORD = "qwerty"  # RFC 6030, 6.2
RFC_SEED = b"12345678901234567890"

_AGREED_KEY = "<EncryptionKey><ds:KeyName>Pre-shared-key</ds:KeyName></EncryptionKey>"
_DERIVED_KEY = """<EncryptionKey><xenc11:DerivedKey>
<xenc11:KeyDerivationMethod Algorithm="http://www.rsasecurity.com/rsalabs/pkcs/schemas/pkcs-5v2-0#pbkdf2">
<pkcs5:PBKDF2-params><Salt><Specified>Ej7/PEpyEpw=</Specified></Salt><IterationCount>1000</IterationCount>
<KeyLength>16</KeyLength><PRF/></pkcs5:PBKDF2-params></xenc11:KeyDerivationMethod>
<xenc11:MasterKeyName>My Password 1</xenc11:MasterKeyName></xenc11:DerivedKey></EncryptionKey>"""


def _encrypted(encryption: str, mac_key: str, value: str, mac: str) -> bytes:
    return f"""<?xml version="1.0" encoding="UTF-8"?>
<KeyContainer Version="1.0" {_SPACES}>
{encryption}
<MACMethod Algorithm="http://www.w3.org/2000/09/xmldsig#hmac-sha1"><MACKey><xenc:EncryptionMethod Algorithm="{AES}"/>
<xenc:CipherData><xenc:CipherValue>{mac_key}</xenc:CipherValue></xenc:CipherData></MACKey></MACMethod>
<KeyPackage><DeviceInfo><Manufacturer>Manufacturer</Manufacturer><SerialNo>987654321</SerialNo></DeviceInfo>
<Key Id="12345678" Algorithm="urn:ietf:params:xml:ns:keyprov:pskc:hotp"><Issuer>Issuer</Issuer>
<AlgorithmParameters><ResponseFormat Length="8" Encoding="DECIMAL"/></AlgorithmParameters>
<Data><Secret><EncryptedValue><xenc:EncryptionMethod Algorithm="{AES}"/>
<xenc:CipherData><xenc:CipherValue>{value}</xenc:CipherValue></xenc:CipherData></EncryptedValue>
<ValueMAC>{mac}</ValueMAC></Secret><Counter><PlainValue>0</PlainValue></Counter></Data></Key></KeyPackage>
</KeyContainer>
""".encode()


#: RFC 6030, figure 6: encryption with a pre-shared key.
FIGURE_6 = _encrypted(
    _AGREED_KEY,
    "ESIzRFVmd4iZABEiM0RVZgKn6WjLaTC1sbeBMSvIhRejN9vJa2BOlSaMrR7I5wSX",
    "AAECAwQFBgcICQoLDA0OD+cIHItlB3Wra1DUpxVvOx2lef1VmNPCMl8jwZqIUqGv",
    "Su+NvtQfmvfJzF6bmQiJqoLRExc=",
)
#: RFC 6030, figure 7: encryption with a key derived from a password.
FIGURE_7 = _encrypted(
    _DERIVED_KEY,
    "2GTTnLwM3I4e5IO5FkufoOEiOhNj91fhKRQBtBJYluUDsPOLTfUvoU2dStyOwYZx",
    "oTvo+S22nsmS2Z/RtcoF8Hfh+jzMe0RkiafpoDpnoZTjPYZu6V+A4aEn032yCr4f",
    "LP6xMvjtypbfT9PdkJhBZ+D6O4w=",
)


def package(serial: str, secret: str = "MTIzNDU2Nzg5MDEyMzQ1Njc4OTA=", kind: str = "hotp", more: str = "") -> str:
    """A key package in clear, as in figure 5 of RFC 6030."""
    return f"""<KeyPackage><DeviceInfo><SerialNo>{serial}</SerialNo></DeviceInfo>
<Key Id="{serial}" Algorithm="urn:ietf:params:xml:ns:keyprov:pskc:{kind}">
<AlgorithmParameters><Suite>HMAC-SHA256</Suite><ResponseFormat Length="6" Encoding="DECIMAL"/></AlgorithmParameters>
<Data><Secret><PlainValue>{secret}</PlainValue></Secret>{more}</Data></Key></KeyPackage>
"""


def container(*packages: str) -> bytes:
    """A PSKC file of these key packages."""
    return f'<KeyContainer Version="1.0" {_SPACES}>\n{"".join(packages)}</KeyContainer>'.encode()


def csv(*rows: str, head: str = "Numéro de série;Secret;Type;Chiffres;Algorithme;Compteur") -> bytes:
    return "\n".join([head, *rows, ""]).encode()


def hexed(number: int, size: int = 20) -> str:
    """The hexadecimal seed of test key number `number`."""
    return number.to_bytes(size, "big").hex()
