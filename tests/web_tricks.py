"""Addresses that lead inside by a trick, and addresses that do not: each with what a resolver would say of its name.

Every trick is one spelling, one name or one redirection that has opened some product's house before.
"""

from collections.abc import Iterator
from ipaddress import IPv4Address, IPv6Address

PUBLIC = "93.184.215.14"
# What lies behind a door: this machine, its neighbours, a cloud's own wires.
INSIDE_FOUR = (
    *("127.0.0.1", "127.1.2.3", "10.0.0.5", "10.255.255.254", "172.16.0.1", "172.31.255.1", "192.168.1.1"),
    *("169.254.169.254", "169.254.170.2", "100.64.0.1", "100.100.100.200", "0.0.0.0", "0.0.0.1", "192.0.0.192"),
    *("198.18.0.1", "198.19.255.254", "224.0.0.1", "239.255.255.250", "240.0.0.1", "255.255.255.255"),
    *("192.0.2.1", "198.51.100.7", "203.0.113.9", "168.63.129.16", "192.88.99.1"),
)
INSIDE_SIX = (
    *("::", "::1", "fe80::1", "fe80::a9fe:a9fe", "fc00::1", "fd00:ec2::254", "fd12:3456::1", "ff02::1", "ff05::2"),
    *("::ffff:127.0.0.1", "::ffff:169.254.169.254", "::ffff:10.0.0.1", "::127.0.0.1", "::ffff:0:127.0.0.1"),
    *("64:ff9b::7f00:1", "64:ff9b::a9fe:a9fe", "64:ff9b::10.0.0.1", "64:ff9b:1::7f00:1", "2002:7f00:1::1"),
    *("2002:a9fe:a9fe::1", "2001::1", "2001:0:a00:1::1", "2001:db8::1", "3fff::1", "fec0::1", "100::1", "5f00::1"),
    *("2600::5efe:a00:1", "2600::200:5efe:7f00:1"),
)
_TEN = ("127.0.0.1", "10.0.0.5", "192.168.1.1", "169.254.169.254", "172.16.0.1")


def _four_spellings(address: str) -> Iterator[str]:
    """What inet_aton, browsers and old libraries take for the same address."""
    number, parts = int(IPv4Address(address)), [int(part) for part in address.split(".")]
    yield str(number)
    yield hex(number)
    yield hex(number).upper().replace("0X", "0x")
    yield f"0{number:o}"
    yield ".".join(f"0{part:o}" for part in parts)
    yield ".".join(f"{part:04o}" for part in parts)
    yield ".".join(hex(part) for part in parts)
    yield ".".join(f"{part:03d}" for part in parts)
    yield f"{parts[0]}.{number & 0xFFFFFF}"
    yield f"{parts[0]}.{parts[1]}.{number & 0xFFFF}"
    yield f"{hex(parts[0])}.{parts[1]}.0{parts[2]:o}.{parts[3]}"
    yield f"{address}."
    yield f"{address}.."
    yield address.translate({ord(str(digit)): chr(0xFF10 + digit) for digit in range(10)})
    yield address.replace(".", "。")
    yield address.replace(".", "．")
    yield address.replace("1", "①")
    yield "%" + "%".join(f"{ord(sign):02x}" for sign in address)
    yield f"[::ffff:{address}]"
    yield f"[::{address}]"
    yield f"[64:ff9b::{address}]"
    yield f"[{IPv6Address(int(IPv4Address(address)) | 0xFFFF << 32).exploded}]"


def _places() -> Iterator[str]:
    yield from (place for address in _TEN for place in _four_spellings(address))
    yield from INSIDE_FOUR
    yield from (f"[{address}]" for address in INSIDE_SIX)
    yield from ("[fe80::1%25eth0]", "[::1%251]", "[::1", "::1]", "[[::1]]", "[127.0.0.1]", "[]", "[:]", "")
    yield from ("localhost", "LOCALHOST", "localhost.", "ｌocalhost", "local\u00adhost", "foo.localhost", "ⓛocalhost")
    yield from ("localhost.localdomain", "ip6-localhost", "metadata", "metadata.google.internal", "router.local")
    yield from ("db.internal", "intranet", "wiki.corp", "nas.lan", "fritz.home", "fritz.home.arpa", "x.onion", "a.test")
    yield from ("host.docker.internal", "kubernetes.default.svc.cluster.local", "0", "0x", "1", "0x7f", "017700000001")
    # two programs, two hosts
    for inside in ("127.0.0.1", "169.254.169.254", "localhost"):
        yield f"api.example.com@{inside}"
        yield f"{inside}@api.example.com"
        yield f"api.example.com:443@{inside}"
        yield f"api.example.com%40{inside}"
        yield f"api.example.com#@{inside}"
        yield f"{inside}#.example.com"
        yield f"{inside}%00.example.com"
        yield f"{inside}%2f.example.com"
        yield f"{inside}\\.example.com"
        yield f"api.example.com\\@{inside}"
        yield f"{inside}\t.example.com"
        yield f"{inside}\n.example.com"
        yield f" {inside}"
        yield f"{inside} "
        yield f"{inside}:443:80"
        yield f"api.example.com:443,{inside}"
    for port in (
        "22",
        "25",
        "6379",
        "5432",
        "9200",
        "2375",
        "0",
        "65536",
        "-1",
        "80",
        "443x",
        "0443",
        "٤٤٣",
        "",
        " 443",
    ):
        yield f"api.example.com:{port}"


def _schemes() -> Iterator[str]:
    for scheme in ("file", "gopher", "dict", "ftp", "ldap", "tftp", "jar", "netdoc", "phar", "data", "javascript"):
        yield f"{scheme}://api.example.com/x"
        yield f"{scheme}:///etc/passwd"
    yield from (
        "http://api.example.com/x",
        "HTTP://api.example.com/x",
        "//api.example.com/x",
        "/etc/passwd",
        "",
        "https:",
    )
    yield from ("https:/api.example.com", "https:api.example.com", "https:\\\\127.0.0.1", "https:///127.0.0.1/")
    yield from (
        " https://127.0.0.1/",
        "https://127.0.0.1/\r\nHost: a",
        "ht\ntps://127.0.0.1/",
        "view-source:https://a.de",
    )
    yield from (
        "https://api.example.com/\u2028x",
        "https://api.example.com/" + "a" * 3000,
        "https://" + "a" * 300 + ".com/",
    )
    yield from ("https://-a.com/", "https://a..com/", "https://a_b.com/", "https://.com/", "https://a.com../")


def _names() -> Iterator[tuple[str, tuple[str, ...]]]:
    """Names of the world that lead inside: by DNS of their owner, a wildcard, an alias, or one address among others."""
    for number, address in enumerate((*INSIDE_FOUR, *INSIDE_SIX)):
        yield f"https://a{number}.tricks.example.com/", (address,)
    for number, address in enumerate(_TEN):
        yield f"https://{address}.nip.io/", (address,)
        yield f"https://{address.replace('.', '-')}.sslip.io/", (address,)
        yield f"https://mixed{number}.example.com/", (PUBLIC, address)
        yield f"https://first{number}.example.com/", (address, PUBLIC)
        yield f"https://six{number}.example.com/", (PUBLIC, f"::ffff:{address}")
    yield from (("https://localtest.me/", ("127.0.0.1",)), ("https://lvh.me/", ("127.0.0.1",)))
    yield from (("https://customer1.app.localhost.my.company.127.0.0.1.nip.io/", ("127.0.0.1",)),)
    yield from (("https://xn--n3h.example.com/", ("10.0.0.1",)), ("https://scope.example.com/", ("fe80::1%eth0",)))


# (the URL, what its name leads to when it is asked for)
TRICKS: list[tuple[str, tuple[str, ...]]] = [
    *((f"https://{place}/x", (PUBLIC,)) for place in dict.fromkeys(_places())),
    *((url, (PUBLIC,)) for url in dict.fromkeys(_schemes())),
    *_names(),
]
LAWFUL = (
    "https://api.example.com/orders/7",
    "HTTPS://API.Example.COM/orders",
    "https://example.com",
    "https://example.com?x=1",
    "https://api.example.com:443/",
    "https://api.example.com:8443/v1",
    "https://api.example.com./trailing",
    "https://a.b.c.d.e.example.co.uk/",
    "https://xn--bcher-kva.example.com/",
    "https://bücher.example.com/",
    "https://1.2.3.4.example.com/",
    "https://10.example.com/",
    "https://127-0-0-1.example.com/",
    "https://localhost.example.com/",
    "https://example.com/http://127.0.0.1/",
    "https://example.com/?next=http://169.254.169.254/",
    "https://example.com/a@b",
    "https://example.com/%2e%2e/",
    "https://internal-tools.example.com/",
    "https://0x7f.example.com/",
    "https://93.184.215.14/",
)
