"""What the store of templates must do, on SQLite and PostgreSQL alike."""

from collections.abc import Awaitable, Callable
from dataclasses import replace

import pytest

from vedette.accounts import Accounts, AccountSettings
from vedette.base.clock import SystemClock
from vedette.base.errors import BadRequest, Conflict, NotFound
from vedette.base.ids import new_id
from vedette.cameras import TemplateStore, templates
from vedette.db.engine import Database
from vedette.model.camera import RecordingMode, RecordingPolicy, SchedulePeriod, Transport
from vedette.model.site import Site
from vedette.model.template import CameraTemplate
from vedette.sites import SiteStore

Story = Callable[[Database], Awaitable[None]]
OnDatabase = Callable[[Story], None]


def test_a_template_is_kept_and_forgotten(on_database: OnDatabase) -> None:
    async def story(database: Database) -> None:
        store, owner = TemplateStore(database), new_id()
        accounts = Accounts(database, SystemClock(), AccountSettings())
        await accounts.ensure_organisation(owner, "Somebody")
        sites = SiteStore(database)
        site = await sites.add(owner, Site(new_id(), owner, "School"))
        policy = RecordingPolicy(
            RecordingMode.SCHEDULE, schedule=(SchedulePeriod(0, 60, 120),), keep_s=None
        )
        template = CameraTemplate(
            new_id(),
            owner,
            "Domes",
            "Acme",
            "D1",
            policy,
            Transport.UDP,
            use_sub=False,
            site=site.id,
        )
        kept = await store.add(owner, replace(template, name=" Domes "))
        assert kept == template
        assert await store.list(owner) == [template]
        with pytest.raises(Conflict, match="choose another name"):
            await store.add(owner, replace(template, id=new_id()))
        with pytest.raises(NotFound, match="no site"):
            await store.add(owner, replace(template, id=new_id(), name="B", site=new_id()))
        with pytest.raises(BadRequest, match="needs a name"):
            await store.add(owner, replace(template, id=new_id(), name=" "))
        with pytest.raises(BadRequest, match="at most 200"):
            await store.add(owner, replace(template, id=new_id(), name="B", make="m" * 201))
        await sites.remove(owner, site.id)
        assert [one.site for one in await store.list(owner)] == [None]
        await store.remove(owner, template.id)
        assert await store.list(owner) == []
        with pytest.raises(NotFound):
            await store.remove(owner, template.id)

    on_database(story)


def test_there_is_an_end_to_templates(
    on_database: OnDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(templates, "MOST_TEMPLATES", 2)

    async def story(database: Database) -> None:
        store, owner = TemplateStore(database), new_id()
        accounts = Accounts(database, SystemClock(), AccountSettings())
        await accounts.ensure_organisation(owner, "Somebody")
        for name in ("A", "B"):
            await store.add(owner, CameraTemplate(new_id(), owner, name))
        with pytest.raises(Conflict, match="remove some first"):
            await store.add(owner, CameraTemplate(new_id(), owner, "C"))

    on_database(story)
