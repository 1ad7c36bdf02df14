/** A policy of IAM, as far as `examples/aws-policy.json` goes. What it could say beyond that is refused, never ignored. */
export interface Policy {
  readonly statements: readonly Statement[];
}

interface Statement {
  readonly actions: readonly string[];
  readonly resources: readonly string[];
  readonly conditions: readonly Condition[];
}

interface Condition {
  readonly operator: 'StringEquals' | 'StringLike';
  readonly key: string;
  readonly values: readonly string[];
}

/** One thing that a call wants to be allowed: all of them have to be. */
export interface Wish {
  readonly action: string;
  readonly arn: string;
  /** Tags and the like, by the keys of conditions. */
  readonly context: Readonly<Record<string, string>>;
}

type Fields = Readonly<Record<string, unknown>>;

export function parsePolicy(text: string): Policy {
  const { Version, Statement, ...rest } = JSON.parse(text) as Fields;
  none(rest, 'a policy');
  if (Version !== '2012-10-17' || !Array.isArray(Statement)) throw new Error('this is no policy');
  return { statements: (Statement as Fields[]).map(parseStatement) };
}

function parseStatement({ Sid, Effect, Action, Resource, Condition = {}, ...rest }: Fields): Statement {
  none(rest, `statement ${String(Sid)}`);
  if (Effect !== 'Allow') throw new Error(`the fake has no notion of the effect ${String(Effect)}`);
  const actions = texts(Action);
  const pattern = actions.find((action) => !/^(ec2|ssm):[A-Za-z]+$/.test(action));
  if (pattern !== undefined) throw new Error(`the fake has no notion of the action ${pattern}`);
  const conditions = Object.entries(Condition as Fields).flatMap(([operator, keys]) => {
    if (operator !== 'StringEquals' && operator !== 'StringLike')
      throw new Error(`the fake has no notion of the condition ${operator}`);
    return Object.entries(keys as Fields).map(([key, values]) => {
      if (!/^(aws:(Resource|Request)Tag\/.+|ec2:CreateAction)$/.test(key))
        throw new Error(`the fake has no notion of the key ${key}`);
      return { operator, key, values: texts(values) } as const;
    });
  });
  return { actions, resources: texts(Resource), conditions };
}

function none(rest: Fields, where: string): void {
  const [key] = Object.keys(rest);
  if (key !== undefined) throw new Error(`the fake has no notion of ${key} in ${where}`);
}

function texts(value: unknown): readonly string[] {
  const list: readonly unknown[] = Array.isArray(value) ? value : [value];
  if (!list.every((text): text is string => typeof text === 'string'))
    throw new Error(`the fake reads texts only, not ${JSON.stringify(value)}`);
  return list;
}

export function allows({ statements }: Policy, wish: Wish): boolean {
  return statements.some(
    ({ actions, resources, conditions }) =>
      actions.includes(wish.action) &&
      resources.some((pattern) => isLike(pattern, wish.arn)) &&
      conditions.every(({ operator, key, values }) => {
        // A key that is not there fulfils nothing.
        const told = wish.context[key];
        if (told === undefined) return false;
        return operator === 'StringEquals'
          ? values.includes(told)
          : values.some((pattern) => isLike(pattern, told));
      }),
  );
}

function isLike(pattern: string, text: string): boolean {
  const source = pattern
    .replace(/[.+^${}()|[\]\\]/g, '\\$&')
    .replaceAll('*', '.*')
    .replaceAll('?', '.');
  return new RegExp(`^${source}$`, 's').test(text);
}
