import type {
  CreateLaunchTemplateRequest,
  CreateLaunchTemplateResult,
  CreateLaunchTemplateVersionRequest,
  CreateLaunchTemplateVersionResult,
  DeleteLaunchTemplateRequest,
  DeleteLaunchTemplateResult,
  DescribeLaunchTemplatesRequest,
  DescribeLaunchTemplatesResult,
  DescribeLaunchTemplateVersionsRequest,
  DescribeLaunchTemplateVersionsResult,
  LaunchTemplate,
  LaunchTemplateVersion,
} from '@aws-sdk/client-ec2';
import { drawId } from '../datacenter/world.ts';
import { type Desk, type Ec2Template, type Ec2TemplateVersion, tagsOf, wireId } from './ec2World.ts';
import { chosen, type Fields, filtered, paged } from './filters.ts';
import { Ec2Refusal } from './refusal.ts';
import { checkSpecifications, putTags, tagsFor } from './tagging.ts';

function tellTemplate({ ec2, account }: Desk, template: Ec2Template): LaunchTemplate {
  return {
    LaunchTemplateId: template.id,
    LaunchTemplateName: template.name,
    CreateTime: new Date(Math.floor(template.createdAtMs / 1000) * 1000),
    CreatedBy: `arn:aws:iam::${account}:user/ann`,
    DefaultVersionNumber: 1,
    LatestVersionNumber: template.versions.at(-1)?.number ?? 1,
    Tags: tagsOf(ec2, template.id),
  };
}

function tellVersion(template: Ec2Template, version: Ec2TemplateVersion): LaunchTemplateVersion {
  const { UserData } = version.data;
  return {
    LaunchTemplateId: template.id,
    LaunchTemplateName: template.name,
    VersionNumber: version.number,
    ...(version.description !== undefined && { VersionDescription: version.description }),
    CreateTime: new Date(Math.floor(version.createdAtMs / 1000) * 1000),
    DefaultVersion: version.number === 1,
    LaunchTemplateData: UserData === undefined ? {} : { UserData },
  };
}

function ownTemplate(desk: Desk, id: string | undefined): Ec2Template {
  const template = desk.ec2.templates.get(id ?? '');
  if (template === undefined || template.account !== desk.account)
    throw new Ec2Refusal(
      'InvalidLaunchTemplateId.NotFound',
      `The specified launch template, with template ID ${id}, does not exist.`,
    );
  return template;
}

/** clouds.md, EC2: "A mutex by unique name that costs nothing". */
export function createLaunchTemplate(
  desk: Desk,
  input: CreateLaunchTemplateRequest,
): CreateLaunchTemplateResult {
  const { world, ec2, account } = desk;
  checkSpecifications(input.TagSpecifications, 'launch-template');
  const name = input.LaunchTemplateName ?? '';
  if (!/^[a-zA-Z0-9().\-/_]{3,128}$/.test(name))
    throw new Ec2Refusal(
      'InvalidLaunchTemplateName.MalformedException',
      'A launch template name must be between 3 and 128 characters',
    );
  if ([...ec2.templates.values()].some((other) => other.account === account && other.name === name))
    throw new Ec2Refusal(
      'InvalidLaunchTemplateName.AlreadyExistsException',
      'Launch template name already in use.',
    );
  const template: Ec2Template = {
    id: wireId(drawId(world, 'lt')),
    account,
    name,
    createdAtMs: world.nowMs,
    versions: [],
  };
  template.versions.push(versionOf(desk, template, input));
  ec2.templates.set(template.id, template);
  putTags(desk, template.id, tagsFor(input.TagSpecifications, 'launch-template'));
  return { LaunchTemplate: tellTemplate(desk, template) };
}

/** Every version gets the next number, which no other has had. */
function versionOf(
  { world }: Desk,
  template: Ec2Template,
  input: CreateLaunchTemplateRequest | CreateLaunchTemplateVersionRequest,
): Ec2TemplateVersion {
  const { LaunchTemplateData: data, VersionDescription: description } = input;
  if (data === undefined || Object.keys(data).length === 0)
    throw new Ec2Refusal('MissingParameter', 'The request must contain the parameter LaunchTemplateData');
  if ((description ?? '').length > 255)
    throw new Ec2Refusal('InvalidParameterValue', 'The version description is too long');
  return {
    number: (template.versions.at(-1)?.number ?? 0) + 1,
    description,
    data,
    createdAtMs: world.nowMs,
  };
}

export function createLaunchTemplateVersion(
  desk: Desk,
  input: CreateLaunchTemplateVersionRequest,
): CreateLaunchTemplateVersionResult {
  const template = ownTemplate(desk, input.LaunchTemplateId);
  const version = versionOf(desk, template, input);
  template.versions.push(version);
  return { LaunchTemplateVersion: tellVersion(template, version) };
}

const fields: Fields<LaunchTemplate> = {
  'launch-template-name': ({ LaunchTemplateName }) => LaunchTemplateName,
};

export function describeLaunchTemplates(
  desk: Desk,
  input: DescribeLaunchTemplatesRequest,
): DescribeLaunchTemplatesResult {
  const all = [...desk.ec2.templates.values()]
    .filter(({ account }) => account === desk.account)
    .map((template) => tellTemplate(desk, template));
  const idOf = ({ LaunchTemplateId = '' }: LaunchTemplate) => LaunchTemplateId;
  const some = chosen(all, input.LaunchTemplateIds, idOf, 'InvalidLaunchTemplateId');
  const kept = filtered(desk, some, input.Filters, fields, idOf);
  const { items, NextToken } = paged(kept, input, desk.world.quirks.pageSize);
  return { LaunchTemplates: [...items], ...(NextToken !== undefined && { NextToken }) };
}

export function describeLaunchTemplateVersions(
  desk: Desk,
  input: DescribeLaunchTemplateVersionsRequest,
): DescribeLaunchTemplateVersionsResult {
  const template = ownTemplate(desk, input.LaunchTemplateId);
  // Newest first, as EC2 tells them.
  const all = template.versions.map((version) => tellVersion(template, version)).toReversed();
  const most = { ...input, MaxResults: Math.max(5, input.MaxResults ?? 200) };
  const { items, NextToken } = paged(all, most, desk.world.quirks.pageSize);
  return { LaunchTemplateVersions: [...items], ...(NextToken !== undefined && { NextToken }) };
}

export function deleteLaunchTemplate(
  desk: Desk,
  input: DeleteLaunchTemplateRequest,
): DeleteLaunchTemplateResult {
  const template = ownTemplate(desk, input.LaunchTemplateId);
  desk.ec2.templates.delete(template.id);
  desk.ec2.tags.delete(template.id);
  return { LaunchTemplate: tellTemplate(desk, template) };
}
