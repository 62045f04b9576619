/** Which template fits a camera, and what it does to one that is added. Pure. */

import type { CameraTemplate, NewCamera } from "../api/types";

/** Templates whose make and model the camera has, the most particular first. */
export function fitting(
  templates: readonly CameraTemplate[],
  make: string,
  model: string,
): CameraTemplate[] {
  const same = (wanted: string, said: string): boolean =>
    wanted === "" || wanted.toLocaleLowerCase() === said.trim().toLocaleLowerCase();
  const weight = (one: CameraTemplate): number => (one.model ? 2 : 0) + (one.make ? 1 : 0);
  return templates
    .filter((one) => same(one.make, make) && same(one.model, model))
    .sort((a, b) => weight(b) - weight(a) || a.name.localeCompare(b.name));
}

/** The template to begin with: one that names make or model; one that fits any is not forced. */
export function firstChoice(
  templates: readonly CameraTemplate[],
  make: string,
  model: string,
): CameraTemplate | null {
  const [best] = fitting(templates, make, model);
  return best && (best.make || best.model) ? best : null;
}

/** The camera with what the template says; a site that was chosen by hand counts more. */
export function applied(camera: NewCamera, template: CameraTemplate | null): NewCamera {
  if (!template) return camera;
  const next: NewCamera = {
    ...camera,
    policy: template.policy,
    transport: template.transport,
    site: camera.site ?? template.site,
  };
  if (!template.use_sub) delete next.sub_address;
  return next;
}
