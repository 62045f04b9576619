"""Templates: what is wanted of every camera of a make and model."""

from dataclasses import asdict
from typing import Annotated

from fastapi import APIRouter
from pydantic import BaseModel, Field

from vedette.api.camera_shapes import PolicyShape, policy_from
from vedette.api.fields import Line, TemplateId, Uuid
from vedette.api.services import House, Who
from vedette.base.ids import new_id
from vedette.model.camera import RecordingPolicy, Transport
from vedette.model.template import CameraTemplate

router = APIRouter(prefix="/templates", tags=["cameras"])

Kind = Annotated[
    str,
    Field(
        max_length=200, pattern=r"^[^\x00-\x1f\x7f]*$", description="Of the camera; empty fits any"
    ),
]


class TemplateBody(BaseModel, extra="forbid"):
    """A template to keep."""

    name: Line
    make: Kind = ""
    model: Kind = ""
    policy: PolicyShape = PolicyShape()
    transport: Transport = Transport.TCP
    use_sub: Annotated[bool, Field(description="Whether the smaller stream is used")] = True
    site: Uuid | None = None


class TemplateAnswer(BaseModel):
    """A template."""

    id: str
    name: str
    make: str
    model: str
    policy: PolicyShape
    transport: Transport
    use_sub: bool
    site: str | None
    created_us: int


class TemplatesAnswer(BaseModel):
    """Every template of the organisation, by name."""

    templates: list[TemplateAnswer]


@router.get("")
async def list_templates(house: House, who: Who) -> TemplatesAnswer:
    """Every template of the organisation."""
    found = await house.templates.list(who.organisation)
    return TemplatesAnswer(templates=[_answer(one) for one in found])


@router.post("", status_code=201)
async def add_template(house: House, who: Who, body: TemplateBody) -> TemplateAnswer:
    """Keep a template."""
    template = CameraTemplate(
        id=new_id(house.clock),
        organisation=who.organisation,
        name=body.name,
        make=body.make,
        model=body.model,
        policy=policy_from(RecordingPolicy(), body.policy),
        transport=body.transport,
        use_sub=body.use_sub,
        site=body.site,
        created_us=house.clock.wall_us(),
    )
    return _answer(await house.templates.add(who.organisation, template))


@router.delete("/{template_id}", status_code=204)
async def remove_template(house: House, who: Who, template_id: TemplateId) -> None:
    """Forget a template; cameras that were added with it stay as they are."""
    await house.templates.remove(who.organisation, template_id)


def _answer(template: CameraTemplate) -> TemplateAnswer:
    return TemplateAnswer.model_validate(asdict(template))
