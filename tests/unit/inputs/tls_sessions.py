"""True TLS sessions without a network: client and server talk through memory, and each flight becomes a packet of a capture."""

import datetime
import ssl
from pathlib import Path

from captures import Talk
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec


def certificate(folder: Path, host: str) -> Path:
    """A certificate for `host`, signed by itself, and its key, in one file."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, host)])
    now = datetime.datetime.now(datetime.UTC)
    signed = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(host)]), critical=False)
        .sign(key, hashes.SHA256())
    )
    private = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    file = folder / "server.pem"
    file.write_bytes(private + signed.public_bytes(serialization.Encoding.PEM))
    return file


class Session:
    """One TLS session over the TCP connection `talk`; its secrets are appended to the file `keys`."""

    def __init__(self, talk: Talk, pem: Path, keys: Path, host: str, versions: tuple[ssl.TLSVersion, list[str]] | None = None) -> None:
        version, protocols = versions or (ssl.TLSVersion.TLSv1_3, ["http/1.1"])
        server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        server.load_cert_chain(pem)
        server.set_alpn_protocols(protocols)
        client = ssl.create_default_context(cafile=str(pem))
        client.maximum_version = version
        client.set_alpn_protocols(protocols)
        client.keylog_filename = str(keys)
        self._talk = talk
        self._to_client, self._to_server = ssl.MemoryBIO(), ssl.MemoryBIO()
        self._client = client.wrap_bio(self._to_client, self._to_server, server_hostname=host)
        self._server = server.wrap_bio(self._to_server_copy(), self._from_server(), server_side=True)
        self._handshake()

    def _to_server_copy(self) -> ssl.MemoryBIO:
        self._server_in = ssl.MemoryBIO()
        return self._server_in

    def _from_server(self) -> ssl.MemoryBIO:
        self._server_out = ssl.MemoryBIO()
        return self._server_out

    def _handshake(self) -> None:
        done = {"client": False, "server": False}
        while not all(done.values()):
            for name, end in (("client", self._client), ("server", self._server)):
                try:
                    end.do_handshake()
                    done[name] = True
                except ssl.SSLWantReadError:
                    pass
                self._carry()

    def _carry(self) -> None:
        if said := self._to_server.read():
            self._talk.say(*(said[at : at + 1400] for at in range(0, len(said), 1400)))
            self._server_in.write(said)
        if said := self._server_out.read():
            self._talk.answer(*(said[at : at + 1400] for at in range(0, len(said), 1400)))
            self._to_client.write(said)

    def send(self, content: bytes) -> None:
        """What the client says."""
        self._client.write(content)
        self._carry()
        while True:
            try:
                if not self._server.read(1 << 16):
                    return
            except ssl.SSLWantReadError:
                return

    def reply(self, content: bytes) -> None:
        """What the server says."""
        self._server.write(content)
        self._carry()
