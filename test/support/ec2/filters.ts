import type { Filter } from '@aws-sdk/client-ec2';
import { type Desk, tagsOf } from './ec2World.ts';
import { Ec2Refusal } from './refusal.ts';

/** What the filters of one kind of resource look at: undefined where it has no such thing. */
export type Fields<T> = Readonly<Record<string, (item: T) => string | readonly string[] | undefined>>;

/** clouds.md, EC2: "Filter values are patterns (`*`, `?`)". */
function matches(pattern: string, value: string): boolean {
  const source = pattern
    .replace(/[.+^${}()|[\]\\]/g, '\\$&')
    .replaceAll('*', '.*')
    .replaceAll('?', '.');
  return new RegExp(`^${source}$`, 's').test(value);
}

/** Keeps what every filter lets through; a filter that the resource does not have is refused. */
export function filtered<T>(
  desk: Desk,
  items: readonly T[],
  filters: readonly Filter[] | undefined,
  fields: Fields<T>,
  idOf: (item: T) => string,
): T[] {
  return (filters ?? []).reduce<T[]>(
    (left, { Name = '', Values = [] }) => {
      // EC2 takes at most 200 values in one filter.
      if (Values.length > 200)
        throw new Ec2Refusal('FilterLimitExceeded', 'The maximum number of filter values is 200');
      const read = readerOf(desk, Name, fields, idOf);
      return left.filter((item) => {
        const told = read(item);
        const values = told === undefined ? [] : typeof told === 'string' ? [told] : told;
        return values.some((value) => Values.some((pattern) => matches(pattern, value)));
      });
    },
    [...items],
  );
}

function readerOf<T>(
  { ec2 }: Desk,
  name: string,
  fields: Fields<T>,
  idOf: (item: T) => string,
): (item: T) => string | readonly string[] | undefined {
  if (name.startsWith('tag:')) {
    const key = name.slice('tag:'.length);
    return (item) => ec2.tags.get(idOf(item))?.get(key);
  }
  if (name === 'tag-key') return (item) => tagsOf(ec2, idOf(item)).map(({ Key }) => Key);
  const field = fields[name];
  if (field === undefined) throw new Ec2Refusal('InvalidParameterValue', `The filter '${name}' is invalid`);
  return field;
}

/** One page. A page can be shorter than was asked for, and empty with more to come. */
export function paged<T>(
  items: readonly T[],
  {
    MaxResults,
    NextToken,
  }: { readonly MaxResults?: number | undefined; readonly NextToken?: string | undefined },
  pageSize: number | undefined,
): { readonly items: readonly T[]; readonly NextToken: string | undefined } {
  if (MaxResults !== undefined && (MaxResults < 5 || MaxResults > 1000)) {
    throw new Ec2Refusal(
      'InvalidParameterValue',
      `Value (${MaxResults}) for parameter maxResults is invalid`,
    );
  }
  const start = NextToken === undefined ? 0 : startOf(NextToken);
  const most = Math.min(MaxResults ?? items.length, pageSize ?? Number.POSITIVE_INFINITY);
  const end = start + most;
  return { items: items.slice(start, end), NextToken: end < items.length ? tokenAt(end) : undefined };
}

function tokenAt(start: number): string {
  return Buffer.from(`from ${start}`).toString('base64');
}

function startOf(token: string): number {
  const start = Number(/^from (\d+)$/.exec(Buffer.from(token, 'base64').toString())?.[1]);
  if (!Number.isInteger(start))
    throw new Ec2Refusal('InvalidParameterValue', 'Unable to parse pagination token');
  return start;
}

/** Those that were asked for by id, in the order of the list; all where none was. */
export function chosen<T>(
  items: readonly T[],
  ids: readonly string[] | undefined,
  idOf: (item: T) => string,
  family: string,
): readonly T[] {
  if (ids === undefined) return items;
  for (const id of ids) {
    if (!/^[a-z]+-([0-9a-f]{8}|[0-9a-f]{17})$/.test(id))
      throw new Ec2Refusal(`${family}.Malformed`, `Invalid id: "${id}"`);
    if (!items.some((item) => idOf(item) === id))
      throw new Ec2Refusal(`${family}.NotFound`, `The ID '${id}' does not exist`);
  }
  return items.filter((item) => ids.includes(idOf(item)));
}
