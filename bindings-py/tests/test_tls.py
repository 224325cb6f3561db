"""HTTPS: a certificate nobody vouches for, and one that the program does."""

from __future__ import annotations

import asyncio
import json
import ssl
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

import larkspur

# Made for these tests alone: it vouches for nothing but 127.0.0.1.
FOLDER = Path(__file__).parent / "certificate"
CERTIFICATE = FOLDER / "certificate.pem"
ANSWER = json.dumps({"code": 0, "tenant_access_token": "t-1", "expire": 7200, "data": {"ok": True}}).encode()


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers.get("content-length", 0)))
        self.do_GET()

    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(ANSWER)))
        self.end_headers()
        self.wfile.write(ANSWER)

    def log_message(self, *_: object) -> None:
        pass


class Server(ThreadingHTTPServer):
    def handle_error(self, *_: object) -> None:
        """A client that hangs up on a certificate is what is tested."""


@pytest.fixture(scope="module")
def url():
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(CERTIFICATE, FOLDER / "key.pem")
    with Server(("127.0.0.1", 0), Handler) as server:
        server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"https://127.0.0.1:{server.server_port}"
        server.shutdown()


def test_an_unknown_certificate_is_refused(url):
    with larkspur.Client("cli_a", "s3cret", base_url=url) as client, pytest.raises(larkspur.TlsError) as caught:
        client.im.v1.chat.list()
    assert not caught.value.retryable and "certificate" in str(caught.value) and "s3cret" not in str(caught.value)


@pytest.mark.parametrize("ca", [CERTIFICATE, str(CERTIFICATE), CERTIFICATE.read_bytes()])
def test_a_further_root_is_trusted(url, ca):
    with larkspur.Client("cli_a", "s", base_url=url, ca=ca) as client:
        assert client.request("GET", "/open-apis/x") == {"ok": True}


def test_a_further_root_is_trusted_by_asyncio_too(url):
    async def main():
        async with larkspur.AsyncClient("cli_a", "s", base_url=url, ca=CERTIFICATE) as client:
            return await client.request("GET", "/open-apis/x")

    assert asyncio.run(main()) == {"ok": True}
