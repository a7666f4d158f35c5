"""What the page may load: its own content only, so that it works offline and tells nobody that it was opened."""

from __future__ import annotations

from typing import Any

__all__ = ["POLICY", "own_content_only"]

POLICY = "; ".join(
    (
        "default-src 'self'",
        "script-src 'self' 'unsafe-inline' 'unsafe-eval'",  # gradio fills its templates with generated functions
        "style-src 'self' 'unsafe-inline'",
        "img-src 'self' data: blob:",
        "font-src 'self' data:",
        "connect-src 'self'",
        "object-src 'none'",
        "base-uri 'self'",
        "form-action 'self'",
    )
)
"""The Content-Security-Policy of every answer (https://www.w3.org/TR/CSP3/)."""


def own_content_only() -> list[Any]:
    """The middleware that sends `POLICY`, for Starlette and FastAPI."""
    from starlette.middleware import Middleware

    return [Middleware(_Policy)]


class _Policy:
    """Adds the header to every answer, without holding back streams as `BaseHTTPMiddleware` would."""

    def __init__(self, app: Any) -> None:
        self.app = app

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        async def send_with_policy(message: Any) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message["headers"], (b"content-security-policy", POLICY.encode())]
            await send(message)

        await self.app(scope, receive, send_with_policy if scope["type"] == "http" else send)
