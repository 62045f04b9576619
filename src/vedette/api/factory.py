"""Put the resources together."""

from fastapi import APIRouter, Depends, FastAPI
from fastapi.responses import Response
from starlette.requests import Request

from vedette.api import (
    account,
    bookmarks,
    calendar,
    cameras,
    events,
    exports,
    floors,
    footage,
    guest,
    imports,
    invitations,
    live,
    maps,
    media,
    metrics,
    openapi,
    passkeys,
    people,
    placements,
    probe,
    problems,
    ptz,
    reasons,
    roles,
    second_factor,
    session,
    sessions,
    shared,
    shares,
    sign_on,
    sites,
    storage,
    templates,
    tokens,
    updates,
    walls,
    ways,
)
from vedette.api.audit import Audit
from vedette.api.envelope import Envelope
from vedette.api.guard import Guard
from vedette.api.rights import allowed
from vedette.api.services import Services
from vedette.api.tally import Tally

PREFIX = "/api/v1"
RESOURCES: tuple[tuple[str, APIRouter], ...] = (
    (PREFIX, session.router),
    (PREFIX, account.router),
    (PREFIX, second_factor.router),
    (PREFIX, passkeys.router),
    (PREFIX, ways.router),
    (PREFIX, sign_on.router),
    (PREFIX, invitations.router),
    (PREFIX, sessions.router),
    (PREFIX, imports.router),
    (PREFIX, cameras.router),
    (PREFIX, sites.router),
    (PREFIX, templates.router),
    (PREFIX, floors.router),
    (PREFIX, placements.router),
    (PREFIX, maps.router),
    (PREFIX, bookmarks.router),
    (PREFIX, probe.router),
    (PREFIX, footage.router),
    (PREFIX, calendar.router),
    (PREFIX, media.router),
    (PREFIX, exports.router),
    (PREFIX, storage.router),
    (PREFIX, tokens.router),
    (PREFIX, people.router),
    (PREFIX, roles.router),
    (PREFIX, events.router),
    (PREFIX, walls.router),
    (PREFIX, shares.router),
    (PREFIX, reasons.router),
    (PREFIX, shared.router),
    (PREFIX, shared.through),
    (PREFIX, guest.router),
    (PREFIX, guest.inside),
    (PREFIX, live.router),
    (PREFIX, ptz.router),
    (PREFIX, updates.router),
    ("", metrics.router),
)
"""Every resource and the path that it lies under; tests go through them."""


def routes_alone() -> FastAPI:
    """The application without services and guards, for its OpenAPI document."""
    app = FastAPI(
        title="Vedette",
        openapi_url=None,
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        generate_unique_id_function=lambda route: route.name,
    )
    for prefix, router in RESOURCES:
        app.include_router(router, prefix=prefix, dependencies=[Depends(allowed)])

    @app.get(f"{PREFIX}/openapi.json", include_in_schema=False)
    async def document(request: Request) -> Response:  # pyright: ignore[reportUnusedFunction]
        return Response(openapi.as_text(request.app), media_type="application/json")

    problems.install(app)
    return app


def create_api(services: Services) -> FastAPI:
    """The whole API, guarded; the caller may add the page's routes to it afterwards."""
    app = routes_alone()
    app.state.services = services
    app.state.tally = Tally(services.bus, services.clock)
    # The last one added is the outermost.
    app.add_middleware(Audit, trail=services.audit)
    app.add_middleware(
        Guard,
        accounts=services.accounts,
        guests=services.guests,
        public_origins=services.public_origins,
    )
    app.add_middleware(Envelope)
    return app
