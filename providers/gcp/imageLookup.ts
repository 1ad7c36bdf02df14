import type { WireImage } from './calls.ts';
import { refusal, type Work } from './gcpWork.ts';
import { imagePath } from './images.ts';

/** The image that a text of the file stands for: a family's newest, or the one of that name; undefined where there is none. */
export async function findImage(image: string, work: Work): Promise<WireImage | undefined> {
  const { connection } = work.gcp;
  const wanted = imagePath(image);
  if (wanted === undefined)
    throw refusal(
      'configuration',
      work,
      `${image} is no image: write PROJECT/FAMILY, such as debian-cloud/debian-13`,
    );
  const { project, name, family } = wanted;
  const newest =
    family === false
      ? undefined
      : await connection.find('images.getFromFamily', { project, family: name }, name, work);
  if (newest !== undefined || family === true) return newest;
  return connection.find('images.get', { project, image: name }, name, work);
}

/** The one image, so that a disk says exactly what it was made from. */
export async function imageLink(image: string, work: Work): Promise<string> {
  const found = await findImage(image, work);
  if (found === undefined) throw refusal('configuration', work, `there is no image ${image}`);
  return `projects/${imagePath(image)?.project ?? ''}/global/images/${found.name ?? ''}`;
}
