/** Where an image is looked for. `project/name` may be a family or one image: the family is asked for first. */
export interface ImageName {
  readonly project: string;
  readonly name: string;
  /** Undefined where it is not said: both are tried. */
  readonly family: boolean | undefined;
}

const part = '[a-z](?:[-a-z0-9.:]{0,61}[a-z0-9])?';
const short = new RegExp(`^(${part})/(${part})$`);
const long = new RegExp(`^projects/(${part})/global/images/(family/)?(${part})$`);

/** `debian-cloud/debian-13`, or the whole path as the console shows it; undefined where it is neither. */
export function imagePath(image: string): ImageName | undefined {
  const [, project, name] = short.exec(image) ?? [];
  if (project !== undefined && name !== undefined) return { project, name, family: undefined };
  const [, owner, family, own] = long.exec(image) ?? [];
  return owner === undefined || own === undefined
    ? undefined
    : { project: owner, name: own, family: family !== undefined };
}
