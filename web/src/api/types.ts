/** The nouns of the API under short names; their shapes are generated from the OpenAPI document. */

import type { Cell } from "../walls/model";
import type { components } from "./schema";

type Schemas = components["schemas"];

export type Camera = Omit<Schemas["CameraAnswer"], "policy"> & { policy: Policy };
export type Site = Schemas["SiteAnswer"];
/** A site to add, or what to change of one. */
export type SiteBody = Pick<Schemas["SiteBody"], "name"> & Partial<Schemas["SiteBody"]>;
export type Floor = Schemas["FloorAnswer"];
export type Placement = Schemas["PlacementAnswer"];
/** Where to put a camera: on the map or on a floor. */
export type PlacementChange = Partial<Schemas["PlacementBody"]>;
/** What is wanted of every camera of a make and model. */
export type CameraTemplate = Omit<Schemas["TemplateAnswer"], "policy"> & { policy: Policy };
export type NewTemplate = Pick<CameraTemplate, "name"> &
  Partial<Omit<CameraTemplate, "id" | "created_us">>;
/** What came of a table of cameras. */
export type Imported = Schemas["ImportAnswer"];
export type StreetMap = Schemas["StreetMapShape"];
/** A saved wall; its cells as `walls/model.ts` has them. */
export type Wall = Omit<Schemas["WallAnswer"], "cells"> & { cells: Cell[] };
export type Health = Schemas["HealthShape"];
export type StreamRole = Schemas["StreamRole"];
export type StreamState = Schemas["StreamState"];
export type Policy = Required<Schemas["PolicyShape"]>;
export type RecordingMode = Schemas["RecordingMode"];
export type SchedulePeriod = Schemas["SchedulePeriodShape"];
export type Span = Schemas["SpanShape"];
export type Gap = Schemas["GapShape"];
export type StreamFootage = Schemas["StreamFootage"];
export type LossMinute = Schemas["MinuteShape"];
export type Volume = Schemas["VolumeShape"];
export type Usage = Schemas["UsageShape"];
export type Profile = Schemas["ProfileShape"];
export type Probe = Schemas["ProbeAnswer"];
export type Device = Schemas["DeviceShape"];
export type Session = Schemas["SessionAnswer"];
/** Who is signed in, with what they may do. */
export type SessionRights = Schemas["OwnSessionAnswer"];
export type Right = Schemas["Right"];
export type Account = Schemas["AccountAnswer"];
export type SecondStep = Schemas["SecondStepAnswer"];
export type SecondFactor = Schemas["SecondFactorAnswer"];
export type Enrolment = Schemas["EnrolmentAnswer"];
export type Ways = Schemas["WaysAnswer"];
export type Ceremony = Schemas["CeremonyAnswer"];
export type Passkey = Schemas["PasskeyShape"];
export type Invitation = Schemas["InvitationShape"];
export type NewInvitation = Schemas["NewInvitationAnswer"];
export type Join = Schemas["JoinAnswer"];
export type SignOnLink = Schemas["SignOnLinkShape"];
export type OwnSession = Schemas["OwnSessionShape"];
export type PersonsSession = Schemas["PersonsSessionShape"];
export type Ptz = Schemas["PtzAnswer"];
export type Preset = Schemas["PresetShape"];
export type Bookmark = Schemas["BookmarkAnswer"];
export type NewBookmark = Pick<Schemas["BookmarkBody"], "cameras" | "start_us" | "title"> &
  Partial<Schemas["BookmarkBody"]>;
export type BookmarkPatch = Partial<Schemas["BookmarkPatch"]>;
export type CalendarAnswer = Schemas["CalendarAnswer"];
export type Export = Schemas["ExportAnswer"];
export type ExportOutlook = Schemas["OutlookAnswer"];
export type NewExport = Pick<Schemas["ExportBody"], "cameras" | "start_us" | "end_us"> &
  Partial<Schemas["ExportBody"]>;
export type Fragments = Schemas["FragmentsAnswer"];

/** A camera to add; what is left out takes the server's default. */
export type NewCamera = Pick<Schemas["CameraBody"], "name" | "address"> &
  Partial<Omit<Schemas["CameraBody"], "policy">> & { policy?: Partial<Policy> };
/** What to change of a camera; what is left out stays. */
export type CameraPatch = Partial<Omit<Schemas["CameraPatch"], "policy">> & {
  policy?: Partial<Policy>;
};
