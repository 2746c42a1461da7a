"""Runs inside mitmproxy, a program apart: writes down, as a run file, the connections that never become a request.

A client that pins its certificate leaves no flow and no HAR entry. `mitmdump -w FLOWS -s addon.py --set mingjian_run=FILE` therefore keeps
requests in FLOWS and refusals in FILE. Nothing of Mingjian can be imported here."""

import json
import time
from typing import IO, Any

from mitmproxy import ctx, version

_LONGEST = 300


class Refusals:
    """The session line when the proxy starts, then one `net` line for each connection that was given up."""

    def __init__(self) -> None:
        self.file: IO[str] | None = None
        self.line = 1

    def load(self, loader: Any) -> None:
        loader.add_option("mingjian_run", str, "", "The run file for connections that cannot be read.")
        loader.add_option("mingjian_offset_ms", str, "0", "This machine's clock minus the device's.")
        loader.add_option("mingjian_error_ms", str, "", "How far that difference may be wrong; empty when nobody compared the clocks.")

    def running(self) -> None:
        if not ctx.options.mingjian_run:
            return
        self.file = open(ctx.options.mingjian_run, "w", encoding="utf-8")  # noqa: SIM115, PTH123 - stays open as long as the proxy
        clock: dict[str, float] = {"offset_ms": float(ctx.options.mingjian_offset_ms)}
        if ctx.options.mingjian_error_ms:
            clock["error_ms"] = float(ctx.options.mingjian_error_ms)
        part = {"tool": "mitmproxy", "version": version.VERSION, "tier": "proxy", "format": "run/1", "clock": clock}
        self.write({"kind": "session", "schema": "run/1", "parts": [part], "started": self.now()})

    def done(self) -> None:
        if self.file is not None:
            self.file.close()
            self.file = None

    def tls_failed_client(self, data: Any) -> None:
        """The app ended the handshake with the proxy: it does not trust the proxy's certificate, or speaks no TLS that the proxy knows."""
        self.refused(data.conn.sni, data.context.server.address, data.conn.error)

    def refused(self, host: str | None, address: tuple[str, int] | None, error: str | None) -> None:
        if self.file is None:
            return
        event = {"kind": "net", "seq": self.line + 1, "ts": self.now(), "visibility": "refused", "proto": "tls"}
        event |= {"host": host or (address[0] if address else None), "port": address[1] if address else None}
        self.write({**event, "error": (error or "")[:_LONGEST]})

    def now(self) -> float:
        return round(time.time() * 1000 - float(ctx.options.mingjian_offset_ms), 3)

    def write(self, record: dict[str, Any]) -> None:
        if self.file is not None:
            self.line += "seq" in record
            print(json.dumps(record, ensure_ascii=False), file=self.file, flush=True)


addons = [Refusals()]
