/** A mistake that people make, and all that they are told about it; positions are those in the file. */
export interface MistakeCase {
  readonly name: string;
  /** Made to the example. */
  readonly edits?: readonly (readonly [string, string])[];
  /** The whole file instead. */
  readonly text?: string;
  readonly mistakes: readonly string[];
}

const oddBlank = 'found a non-breaking space (U+00A0) here; write an ordinary space in its place';
const curly = '\u201c (U+201C) is a curly quote, and a part of the text; write straight quotes or none';

export const mistakeCases: readonly MistakeCase[] = [
  {
    name: 'a non-breaking space behind a colon',
    edits: [['image: micro', 'image:\u00a0micro']],
    mistakes: [`10:11: ${oddBlank}`],
  },
  {
    name: 'a non-breaking space behind an ordinary one, and in brackets',
    edits: [
      ['image: micro', 'image: \u00a0micro'],
      ['{ cpus: 2, memory: 1GB }', '{ cpus: 2, memory:\u00a01GB }'],
    ],
    mistakes: [`9:29: ${oddBlank}`, `10:12: ${oddBlank}`],
  },
  {
    name: 'non-breaking spaces as indentation',
    edits: [['    image: micro', '\u00a0\u00a0\u00a0\u00a0image: micro']],
    mistakes: [`10:1: ${oddBlank}`],
  },
  {
    name: 'a wide blank as indentation',
    edits: [['    image: micro', '  \u3000image: micro']],
    mistakes: ['10:3: found a blank of another kind (U+3000) here; write an ordinary space in its place'],
  },
  {
    name: 'curly quotes around values and a key',
    edits: [
      ['image: micro', 'image: \u201cmicro\u201d'],
      ['location: default', 'location: [\u201cdefault\u201d]'],
      ['  dev:', '  \u201cdev\u201d:'],
    ],
    mistakes: [`6:3: ${curly}`, `8:16: ${curly}`, `10:12: ${curly}`],
  },
  {
    name: 'no image behind its key',
    edits: [['image: micro', 'image:']],
    mistakes: [
      '10:5: workstations.dev.image: nothing is written here, expected micro, or the path of an image file',
    ],
  },
  {
    name: 'a brace that is not closed, and nothing that follows from it',
    edits: [['{ cpus: 2, memory: 1GB }', '{ cpus: 2, memory: 1GB']],
    mistakes: [
      '9:11: a { that is opened here is not closed with a }, or a line inside is not indented enough',
    ],
  },
  {
    name: 'a wrong indentation and then a bracket that is not closed',
    edits: [
      ['    location', '   location'],
      ['image: micro', 'image: [micro'],
    ],
    mistakes: [
      '8:1: this line is indented otherwise than the lines that it belongs to; use the same number of spaces',
    ],
  },
  {
    name: 'an empty file',
    text: '',
    mistakes: [
      '1:1: the file is empty, expected version, providers and workstations; chews init writes a file to start from',
    ],
  },
  {
    name: 'nothing but comments',
    text: '# later\n',
    mistakes: [
      '1:1: the file is empty, expected version, providers and workstations; chews init writes a file to start from',
    ],
  },
  {
    name: 'a file that is one text',
    text: 'version 1',
    mistakes: [
      '1:1: found "version 1", expected version, providers and workstations; chews init writes a file to start from',
    ],
  },
  {
    name: 'a file that is a list',
    text: '- dev\n',
    mistakes: [
      '1:1: found a list, expected version, providers and workstations; chews init writes a file to start from',
    ],
  },
  {
    name: 'settings of another kind of file',
    text: '[dev]\nsize=1\n',
    mistakes: ['2:1: unexpected text "size=1": something stands behind a value that was complete'],
  },
  {
    name: 'no version',
    edits: [['version: 1\n', '']],
    mistakes: ['1:1: version: missing, expected version: 1'],
  },
  {
    name: 'a newer version, and nothing else told',
    edits: [['version: 1', 'version: 2\nflavour: x']],
    mistakes: ['1:10: version: found 2, which was made for a newer chews, expected version: 1; update chews'],
  },
  {
    name: 'a version in quotes',
    edits: [['version: 1', 'version: "1"']],
    mistakes: ['1:10: version: found the text "1", expected version: 1; write version: 1 without quotes'],
  },
  {
    name: 'version zero',
    edits: [['version: 1', 'version: 0']],
    mistakes: ['1:10: version: found 0, expected version: 1'],
  },
  {
    name: 'an id of another form',
    edits: [['7f3c9a51', '7F3C']],
    mistakes: [
      '2:5: id: found "7F3C", expected 8 hexadecimal digits in small letters, as drawn by chews init',
    ],
  },
  {
    name: 'an unknown key at the top',
    edits: [['id: 7f3c9a51', 'colour: blue']],
    mistakes: ['2:1: colour: this key is not known here, expected version, id, providers or workstations'],
  },
  {
    name: 'a mistyped key at the top',
    edits: [['workstations:', 'workstation:']],
    mistakes: ['5:1: workstation: this key is not known here; did you mean workstations?'],
  },
  {
    name: 'no workstations key',
    text: 'version: 1\nproviders:\n  here: { kind: local }\n',
    mistakes: [
      '1:1: workstations: missing, expected workstations by name, such as dev: { provider: here, … }',
    ],
  },
  {
    name: 'no providers',
    edits: [['providers:\n  here: { kind: local }\n', '']],
    mistakes: ['1:1: providers: missing, expected providers by name, such as here: { kind: local }'],
  },
  {
    name: 'indentation with a tab',
    edits: [['    image', '\timage']],
    mistakes: ['10:1: this line is indented with a tab; use spaces, two for each level'],
  },
  {
    name: 'a missing colon',
    edits: [['providers:', 'providers']],
    mistakes: ['3:1: no colon after providers; write providers:'],
  },
  {
    name: 'a missing colon before a value',
    edits: [['    keep-snapshots: 3', '    keep-snapshots 3']],
    mistakes: ['11:5: no colon after keep-snapshots; write keep-snapshots: 3'],
  },
  {
    name: 'no space after a colon',
    edits: [['location: default', 'location:default']],
    mistakes: ['8:5: no space after the colon of location; write location: default'],
  },
  {
    name: 'no space before a brace',
    edits: [['size: {', 'size:{']],
    mistakes: ['9:5: no space after the colon of size; write size: { cpus: 2, memory: 1GB }'],
  },
  {
    name: 'no space after a colon in braces',
    edits: [['size: 20GB', 'size:20GB']],
    mistakes: [
      '14:15: workstations.dev.disks.data."size:20GB": this key is not known here; put a space after the colon',
    ],
  },
  {
    name: 'no space after the only colon',
    edits: [[': { size: 20GB, type: fast }', ':\n        size:20GB']],
    mistakes: [
      '15:9: workstations.dev.disks.data: found "size:20GB", expected a mapping such as { size: 10GB }; put a space after the colon',
    ],
  },
  {
    name: 'a line indented too little',
    edits: [['    location', '   location']],
    mistakes: [
      '8:1: this line is indented otherwise than the lines that it belongs to; use the same number of spaces',
    ],
  },
  {
    name: 'a line indented too far',
    edits: [['    location', '      location']],
    mistakes: [
      '8:7: this line is indented deeper than the one above, which has its value already; give both the same indentation',
    ],
  },
  {
    name: 'a brace that is not closed',
    edits: [['type: fast }', 'type: fast']],
    mistakes: [
      '14:13: a { that is opened here is not closed with a }, or a line inside is not indented enough',
    ],
  },
  {
    name: 'a bracket that is not closed',
    edits: [['default', '[near, far']],
    mistakes: [
      '8:15: a [ that is opened here is not closed with a ], or a line inside is not indented enough',
    ],
  },
  {
    name: 'a brace too many',
    edits: [['type: fast }', 'type: fast } }']],
    mistakes: ['14:40: a } too many'],
  },
  {
    name: 'a quote that is not closed',
    edits: [['image: micro', 'image: "micro']],
    mistakes: ['10:12: the quote " that is opened here is never closed'],
  },
  {
    name: 'a second colon in a line',
    edits: [['location: default', 'location: a: b']],
    mistakes: ['8:15: a second colon in this line; put a text that has a colon in it into quotes'],
  },
  {
    name: 'a dash behind a key',
    edits: [['location: default', 'location: - a']],
    mistakes: ['8:15: a list item (-) stands behind a key; write the list below it, or as [one, two]'],
  },
  {
    name: 'a comment glued to a text',
    edits: [['micro', '"micro"#x']],
    mistakes: ['10:19: put a space before the # of a comment'],
  },
  {
    name: 'a text that begins with @',
    edits: [['micro', '@micro']],
    mistakes: ['10:12: a text that begins with "@" needs quotes around it'],
  },
  {
    name: 'an unknown escape',
    edits: [['micro', '"\\q"']],
    mistakes: [
      '10:13: "\\q" means nothing in double quotes; use single quotes, or write \\\\ for a backslash',
    ],
  },
  {
    name: 'a missing comma',
    edits: [['10GB, type', '10GB type']],
    mistakes: ['13:21: a comma is missing between two entries, or a space after a colon'],
  },
  {
    name: 'a key twice',
    edits: [['    image: micro\n', '    image: micro\n    image: mini\n']],
    mistakes: ['11:5: workstations.dev.image: this key is here a second time; each can be written once'],
  },
  {
    name: 'a workstation twice',
    text: 'version: 1\nid: 7f3c9a51\nproviders:\n  here: { kind: local }\nworkstations:\n  dev:\n    provider: here\n    location: default\n    size: { cpus: 2, memory: 1GB }\n    image: micro\n    keep-snapshots: 3\n    disks:\n      boot: { size: 10GB, type: standard }\n      data: { size: 20GB, type: fast }\n  dev:\n    provider: here\n    location: default\n    size: { cpus: 2, memory: 1GB }\n    image: micro\n    keep-snapshots: 3\n    disks:\n      boot: { size: 10GB, type: standard }\n      data: { size: 20GB, type: fast }\n',
    mistakes: ['15:3: workstations.dev: this key is here a second time; each can be written once'],
  },
  {
    name: 'a second document',
    text: 'version: 1\nid: 7f3c9a51\nproviders:\n  here: { kind: local }\nworkstations:\n  dev:\n    provider: here\n    location: default\n    size: { cpus: 2, memory: 1GB }\n    image: micro\n    keep-snapshots: 3\n    disks:\n      boot: { size: 10GB, type: standard }\n      data: { size: 20GB, type: fast }\n---\nversion: 1\n',
    mistakes: ['15:1: a second document begins here; write one in each file'],
  },
  {
    name: 'a directive',
    text: '%YAML 1.1\n---\nversion: 1\nid: 7f3c9a51\nproviders:\n  here: { kind: local }\nworkstations:\n  dev:\n    provider: here\n    location: default\n    size: { cpus: 2, memory: 1GB }\n    image: micro\n    keep-snapshots: 3\n    disks:\n      boot: { size: 10GB, type: standard }\n      data: { size: 20GB, type: fast }\n',
    mistakes: ['1:1: lines that begin with % are not used in this file; take it out'],
  },
  {
    name: 'a tag',
    edits: [['micro', '!!str micro']],
    mistakes: ['10:18: tags such as "!!str" are not used in this file; put a text into quotes instead'],
  },
  {
    name: 'an alias of nothing',
    edits: [['micro', '*micro']],
    mistakes: [
      '10:12: the alias "*micro" repeats nothing: no anchor &micro is above it; a text that begins with * needs quotes',
    ],
  },
  {
    name: 'an alias of what it is in',
    edits: [['micro', '&a [*a]']],
    mistakes: ['10:16: the alias "*a" repeats what it is part of'],
  },
  {
    name: 'a merge key',
    edits: [['image: micro', '<<: { image: micro }']],
    mistakes: ['10:5: workstations.dev."<<": merge keys are not used in this file; write it out'],
  },
  {
    name: 'a provider that is a number, and is not there',
    edits: [['provider: here', 'provider: 1']],
    mistakes: [
      '7:15: workstations.dev.provider: found "1", which is not among the providers of this file, expected here',
    ],
  },
  {
    name: 'a kind that is a mapping',
    edits: [['{ kind: local }', '{ kind: {} }']],
    mistakes: ['4:17: providers.here.kind: found a mapping, expected one of local, gcp or aws'],
  },
  {
    name: 'a control character in the name of a setting',
    edits: [['{ kind: local }', '{ kind: local, "\\x85x": y }']],
    mistakes: ['4:24: providers.here."\\u0085x": this key has control characters'],
  },
  {
    name: 'a long line without a colon',
    edits: [['image: micro', `image ${'x'.repeat(1_900)}`]],
    mistakes: [`10:5: no colon after image; write image: ${'x'.repeat(60)}…`],
  },
  {
    name: 'a list as a key',
    edits: [['image: micro', '[a, b]: micro']],
    mistakes: ['10:5: this cannot be a key, expected a plain word and a colon'],
  },
  {
    name: 'a reserved word',
    edits: [['  dev:', '  __proto__:']],
    mistakes: ['6:3: workstations.__proto__: this word is reserved, expected another name'],
  },
  {
    name: 'another reserved word',
    edits: [['boot:', 'constructor:']],
    mistakes: ['13:7: workstations.dev.disks.constructor: this word is reserved, expected another name'],
  },
  {
    name: 'disk for disks',
    edits: [['disks:', 'disk:']],
    mistakes: ['12:5: workstations.dev.disk: this key is not known here; did you mean disks?'],
  },
  {
    name: 'a key of another tool',
    edits: [['location:', 'zone:']],
    mistakes: ['8:5: workstations.dev.zone: this key is not known here; did you mean location?'],
  },
  {
    name: 'a list of disks',
    edits: [
      [
        'boot: { size: 10GB, type: standard }\n      data: { size: 20GB, type: fast }',
        '- name: root\n        size: 10GB',
      ],
    ],
    mistakes: [
      '13:7: workstations.dev.disks: found a list, expected disks, such as boot: { size: 10GB }, the first of which is the boot disk; write root: { size: 10GB } without the dash',
    ],
  },
  {
    name: 'a disk that is only a size',
    edits: [['{ size: 10GB, type: standard }', '10GB']],
    mistakes: [
      '13:13: workstations.dev.disks.boot: found "10GB", expected a mapping; write boot: { size: 10GB }',
    ],
  },
  {
    name: 'no disks',
    edits: [
      [
        '    disks:\n      boot: { size: 10GB, type: standard }\n      data: { size: 20GB, type: fast }\n',
        '',
      ],
    ],
    mistakes: [
      '6:3: workstations.dev.disks: missing, expected disks, such as boot: { size: 10GB }, the first of which is the boot disk',
    ],
  },
  {
    name: 'nothing under disks',
    edits: [
      [
        '    disks:\n      boot: { size: 10GB, type: standard }\n      data: { size: 20GB, type: fast }\n',
        '    disks:\n',
      ],
    ],
    mistakes: [
      '12:5: workstations.dev.disks: nothing is written here, expected disks, such as boot: { size: 10GB }, the first of which is the boot disk',
    ],
  },
  {
    name: 'an empty mapping of disks',
    edits: [
      [
        '    disks:\n      boot: { size: 10GB, type: standard }\n      data: { size: 20GB, type: fast }\n',
        '    disks: {}\n',
      ],
    ],
    mistakes: [
      '12:12: workstations.dev.disks: found no disk, expected disks, such as boot: { size: 10GB }, the first of which is the boot disk',
    ],
  },
  {
    name: 'too many disks',
    edits: [
      [
        '      data: { size: 20GB, type: fast }\n',
        '      d0: { size: 1GB }\n      d1: { size: 1GB }\n      d2: { size: 1GB }\n      d3: { size: 1GB }\n      d4: { size: 1GB }\n      d5: { size: 1GB }\n      d6: { size: 1GB }\n      d7: { size: 1GB }\n      d8: { size: 1GB }\n      d9: { size: 1GB }\n      d10: { size: 1GB }\n      d11: { size: 1GB }\n      d12: { size: 1GB }\n      d13: { size: 1GB }\n      d14: { size: 1GB }\n      d15: { size: 1GB }\n',
      ],
    ],
    mistakes: ['13:7: workstations.dev.disks: found 17 disks, expected at most 16'],
  },
  {
    name: 'a list of workstations',
    edits: [['  dev:\n    provider', '  - dev:\n    provider']],
    mistakes: [
      '6:3: workstations: found a list, expected workstations by name, such as dev: { provider: here, … }; write the name and a colon instead of each dash',
    ],
  },
  {
    name: 'nothing under a workstation',
    edits: [
      [
        '    provider: here\n    location: default\n    size: { cpus: 2, memory: 1GB }\n    image: micro\n    keep-snapshots: 3\n    disks:\n      boot: { size: 10GB, type: standard }\n      data: { size: 20GB, type: fast }\n',
        '',
      ],
    ],
    mistakes: [
      '6:3: workstations.dev: nothing is written here, expected provider, location, size, image and disks',
    ],
  },
  {
    name: 'several keys missing',
    edits: [
      ['    provider: here\n', ''],
      ['    image: micro\n', ''],
    ],
    mistakes: [
      '6:3: workstations.dev.provider: missing, expected the name of one of the providers',
      '6:3: workstations.dev.image: missing, expected the name of an image',
    ],
  },
  {
    name: 'a size without unit',
    edits: [['10GB', '10']],
    mistakes: [
      '13:21: workstations.dev.disks.boot.size: found 10, which has no unit, expected a size with its unit, such as 10GB; write 10GB or 10MB',
    ],
  },
  {
    name: 'a size with a wrong unit',
    edits: [['10GB', '10XB']],
    mistakes: [
      '13:21: workstations.dev.disks.boot.size: found "10XB", whose unit is unknown, expected a size with its unit, such as 10GB; units are B, KB, MB, GB, TB and PB',
    ],
  },
  {
    name: 'a size with a comma',
    edits: [['10GB', '"1,5GB"']],
    mistakes: [
      '13:21: workstations.dev.disks.boot.size: found "1,5GB", expected a size with its unit, such as 10GB; write a point: 1.5GB',
    ],
  },
  {
    name: 'a size below zero',
    edits: [['10GB', '-10GB']],
    mistakes: [
      '13:21: workstations.dev.disks.boot.size: found "-10GB", which is below zero, expected a size with its unit, such as 10GB',
    ],
  },
  {
    name: 'a size of zero',
    edits: [['10GB', '0GB']],
    mistakes: ['13:21: workstations.dev.disks.boot.size: found "0GB", expected at least 1GB'],
  },
  {
    name: 'a disk too small',
    edits: [['10GB', '512MB']],
    mistakes: ['13:21: workstations.dev.disks.boot.size: found "512MB", expected at least 1GB'],
  },
  {
    name: 'a disk too large',
    edits: [['10GB', '1PB']],
    mistakes: ['13:21: workstations.dev.disks.boot.size: found "1PB", expected at most 64TB'],
  },
  {
    name: 'a size that is a word',
    edits: [['10GB', 'large']],
    mistakes: [
      '13:21: workstations.dev.disks.boot.size: found "large", expected a size with its unit, such as 10GB',
    ],
  },
  {
    name: 'no size of a disk',
    edits: [['size: 10GB, ', '']],
    mistakes: [
      '13:7: workstations.dev.disks.boot.size: missing, expected a size with its unit, such as 10GB',
    ],
  },
  {
    name: 'memory without unit',
    edits: [['1GB', '1024']],
    mistakes: [
      '9:30: workstations.dev.size.memory: found 1024, which has no unit, expected a size with its unit, such as 4GB; write 1024GB or 1024MB',
    ],
  },
  {
    name: 'too little memory',
    edits: [['1GB', '1KB']],
    mistakes: ['9:30: workstations.dev.size.memory: found "1KB", expected at least 64MB'],
  },
  {
    name: 'cpus in quotes',
    edits: [['cpus: 2', 'cpus: "2"']],
    mistakes: [
      '9:19: workstations.dev.size.cpus: found the text "2", expected a whole number from 1 to 512; write 2 without quotes',
    ],
  },
  {
    name: 'cpus as a word',
    edits: [['cpus: 2', 'cpus: two']],
    mistakes: ['9:19: workstations.dev.size.cpus: found "two", expected a whole number from 1 to 512'],
  },
  {
    name: 'no cpus at all',
    edits: [['cpus: 2', 'cpus: 0']],
    mistakes: ['9:19: workstations.dev.size.cpus: found 0, expected a whole number from 1 to 512'],
  },
  {
    name: 'half a cpu',
    edits: [['cpus: 2', 'cpus: 0.5']],
    mistakes: ['9:19: workstations.dev.size.cpus: found 0.5, expected a whole number from 1 to 512'],
  },
  {
    name: 'cpu for cpus',
    edits: [['cpus: 2', 'cpu: 2']],
    mistakes: ['9:13: workstations.dev.size.cpu: this key is not known here; did you mean cpus?'],
  },
  {
    name: 'a size as a list',
    edits: [['{ cpus: 2, memory: 1GB }', '[2, 1GB]']],
    mistakes: [
      "9:11: workstations.dev.size: found a list, expected { cpus: 2, memory: 4GB } or the name of a cloud's machine type",
    ],
  },
  {
    name: 'snapshots below zero',
    edits: [['keep-snapshots: 3', 'keep-snapshots: -1']],
    mistakes: ['11:21: workstations.dev.keep-snapshots: found -1, expected a whole number from 1 to 1000'],
  },
  {
    name: 'nothing behind an optional key',
    edits: [['keep-snapshots: 3', 'keep-snapshots:']],
    mistakes: [
      '11:5: workstations.dev.keep-snapshots: nothing is written here, expected a whole number from 1 to 1000',
    ],
  },
  {
    name: 'a truth as a name',
    edits: [['image: micro', 'image: micro\n    ssh-user: true']],
    mistakes: ['11:15: workstations.dev.ssh-user: found true, expected the name of a user'],
  },
  {
    name: 'an empty text',
    edits: [['micro', '""']],
    mistakes: [
      '10:5: workstations.dev.image: found an empty text, expected micro, or the path of an image file',
    ],
  },
  {
    name: 'a mistyped provider among two',
    edits: [
      ['  here: { kind: local }', '  here: { kind: local }\n  there: { kind: local }'],
      ['provider: here', 'provider: thre'],
    ],
    mistakes: [
      '8:15: workstations.dev.provider: found "thre", which is not among the providers of this file, expected here or there; did you mean there?',
    ],
  },
  {
    name: 'a provider that is not there',
    edits: [['provider: here', 'provider: elsewhere']],
    mistakes: [
      '7:15: workstations.dev.provider: found "elsewhere", which is not among the providers of this file, expected here',
    ],
  },
  {
    name: 'no provider',
    edits: [['    provider: here\n', '']],
    mistakes: ['6:3: workstations.dev.provider: missing, expected the name of one of the providers'],
  },
  {
    name: 'a mistyped kind',
    edits: [['kind: local', 'kind: lokal']],
    mistakes: [
      '4:17: providers.here.kind: found "lokal", expected one of local, gcp or aws; did you mean local?',
    ],
  },
  {
    name: 'an unknown kind',
    edits: [['kind: local', 'kind: azure']],
    mistakes: ['4:17: providers.here.kind: found "azure", expected one of local, gcp or aws'],
  },
  {
    name: 'no kind',
    edits: [['{ kind: local }', '{ }']],
    mistakes: ['4:3: providers.here.kind: missing, expected one of local, gcp or aws'],
  },
  {
    name: 'a provider that is only a kind',
    edits: [['{ kind: local }', 'local']],
    mistakes: [
      '4:9: providers.here: found "local", expected a mapping with a kind; write here: { kind: local }',
    ],
  },
  {
    name: 'secrets',
    edits: [['{ kind: local }', '{ kind: local, access-key: AKIA, nested: { apiToken: x } }']],
    mistakes: [
      "4:24: providers.here.access-key: nothing secret belongs in this file; take it out: credentials come from the provider's own tools, as they are set up for its SDK",
      '4:50: providers.here.nested: this setting is not known, expected folder',
      "4:52: providers.here.nested.apiToken: nothing secret belongs in this file; take it out: credentials come from the provider's own tools, as they are set up for its SDK",
    ],
  },
  {
    name: 'settings that the kind refuses',
    edits: [['{ kind: local }', '{ kind: local, folder: 3, colour: red }']],
    mistakes: [
      '4:32: providers.here.folder: expected the path of a folder',
      '4:43: providers.here.colour: this setting is not known, expected folder',
    ],
  },
  {
    name: 'capitals and underscores in a name',
    edits: [['  dev:', '  Dev_Box:']],
    mistakes: [
      '6:3: workstations.Dev_Box: not a name for a workstation, expected small letters, digits and dashes, beginning with a letter and not ending with a dash; dev-box would do',
    ],
  },
  {
    name: 'a digit before a name',
    edits: [['  dev:', '  1dev:']],
    mistakes: [
      '6:3: workstations.1dev: not a name for a workstation, expected small letters, digits and dashes, beginning with a letter and not ending with a dash; dev would do',
    ],
  },
  {
    name: 'a dash behind a name',
    edits: [['boot:', 'boot-:']],
    mistakes: [
      '13:7: workstations.dev.disks.boot-: not a name for a disk, expected small letters, digits and dashes, beginning with a letter and not ending with a dash; boot would do',
    ],
  },
  {
    name: 'a name that leaves no room',
    edits: [['  dev:', '  aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa:']],
    mistakes: [
      '6:3: workstations.aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa: the name is too long: snapshots are called after it, and local takes names of at most 63 characters, expected at most 34 for a workstation whose disks have names of one letter',
    ],
  },
  {
    name: 'a disk name that leaves no room',
    edits: [['boot:', 'bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb:']],
    mistakes: [
      '13:7: workstations.dev.disks.bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb: the name is too long: snapshots are called after the workstation and the disk, and local takes names of at most 63 characters, expected at most 32 for a disk of dev',
    ],
  },
  {
    name: 'a name beyond all limits',
    edits: [['  dev:', '  aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa:']],
    mistakes: [
      '6:3: workstations.aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa: found a name of 64 characters, expected at most 63',
    ],
  },
  {
    name: 'two disks of one name',
    text: 'version: 1\nid: 7f3c9a51\nproviders:\n  here: { kind: local }\nworkstations:\n  dev:\n    provider: here\n    location: default\n    size: { cpus: 2, memory: 1GB }\n    image: micro\n    keep-snapshots: 3\n    disks:\n      boot: { size: 10GB, type: standard }\n      data-x: { size: 20GB, type: fast }\n  dev-data:\n    provider: here\n    location: default\n    size: { cpus: 2, memory: 1GB }\n    image: micro\n    keep-snapshots: 3\n    disks:\n      x: { size: 10GB, type: standard }\n      data: { size: 20GB, type: fast }\n',
    mistakes: [
      '22:7: workstations.dev-data.disks.x: its assets would be called dev-data-x, like those of disk data-x of workstation dev, expected names that differ when they are joined with a dash',
    ],
  },
  {
    name: 'a workstation called like a disk',
    text: 'version: 1\nid: 7f3c9a51\nproviders:\n  here: { kind: local }\nworkstations:\n  dev:\n    provider: here\n    location: default\n    size: { cpus: 2, memory: 1GB }\n    image: micro\n    keep-snapshots: 3\n    disks:\n      boot: { size: 10GB, type: standard }\n      data: { size: 20GB, type: fast }\n  dev-boot-4e104700:\n    provider: here\n    location: default\n    size: { cpus: 2, memory: 1GB }\n    image: micro\n    keep-snapshots: 3\n    disks:\n      boot: { size: 10GB, type: standard }\n      data: { size: 20GB, type: fast }\n',
    mistakes: [
      '15:3: workstations.dev-boot-4e104700: the name is that of disk boot of workstation dev, expected another name',
    ],
  },
  {
    name: 'a workstation called like a snapshot',
    text: 'version: 1\nid: 7f3c9a51\nproviders:\n  here: { kind: local }\nworkstations:\n  dev:\n    provider: here\n    location: default\n    size: { cpus: 2, memory: 1GB }\n    image: micro\n    keep-snapshots: 3\n    disks:\n      b: { size: 10GB, type: standard }\n      data: { size: 20GB, type: fast }\n  ss-dev-b-e4bae31f-20250102030405:\n    provider: here\n    location: default\n    size: { cpus: 2, memory: 1GB }\n    image: micro\n    keep-snapshots: 3\n    disks:\n      d: { size: 1GB }\n',
    mistakes: [
      '15:3: workstations.ss-dev-b-e4bae31f-20250102030405: the name is that of a snapshot of disk b of workstation dev, expected another name',
    ],
  },
  {
    name: 'a mistyped disk type',
    edits: [['type: fast', 'type: fasst']],
    mistakes: [
      '14:33: workstations.dev.disks.data.type: found "fasst", expected one of standard or fast; did you mean fast?',
    ],
  },
  {
    name: 'an unknown disk type',
    edits: [['type: fast', 'type: gold']],
    mistakes: ['14:33: workstations.dev.disks.data.type: found "gold", expected one of standard or fast'],
  },
  {
    name: 'a location twice, and one that is no name',
    edits: [['default', '[a, a, {}]']],
    mistakes: [
      '8:19: workstations.dev.location[1]: found "a" a second time, expected each location once',
      '8:22: workstations.dev.location[2]: found a mapping, expected the name of a location',
    ],
  },
  {
    name: 'no location in a list',
    edits: [['default', '[]']],
    mistakes: [
      '8:15: workstations.dev.location: found an empty list, expected the name of a location, or a list of such names such as [near, far]',
    ],
  },
  {
    name: 'locations as a mapping',
    edits: [['default', '{ near: 1 }']],
    mistakes: [
      '8:15: workstations.dev.location: found a mapping, expected the name of a location, or a list of such names such as [near, far]',
    ],
  },
  {
    name: 'an image that the kind refuses',
    edits: [['micro', 'mikro']],
    mistakes: ['10:12: workstations.dev.image: this image does not exist, expected micro'],
  },
  {
    name: 'a size that the kind refuses',
    edits: [['{ cpus: 2, memory: 1GB }', 'e2-micro']],
    mistakes: ['9:11: workstations.dev.size: expected cpus and memory'],
  },
  {
    name: 'a disk size that the kind refuses',
    edits: [['20GB', '1073741825B']],
    mistakes: ['14:21: workstations.dev.disks.data.size: expected whole megabytes'],
  },
  {
    name: 'control characters in a name',
    edits: [['  dev:', '  "d\\e[31mev":']],
    mistakes: [
      '6:3: workstations."d\\u001b[31mev": not a name for a workstation, expected small letters, digits and dashes, beginning with a letter and not ending with a dash',
    ],
  },
  {
    name: 'control characters in a value',
    edits: [['default', '"a\\e]0;x\\a"']],
    mistakes: [
      '8:15: workstations.dev.location: found "a\\u001b]0;x\\u0007", which has control characters, expected the name of a location, or a list of such names such as [near, far]',
    ],
  },
  {
    name: 'control characters as they are',
    edits: [['default', 'a\u001b[31m']],
    mistakes: ['8:16: found the control character \\u001b; take it out'],
  },
  {
    name: 'text that runs backwards',
    edits: [['default', '"a\\u202eb"']],
    mistakes: [
      '8:15: workstations.dev.location: found "a\\u202eb", which has control characters, expected the name of a location, or a list of such names such as [near, far]',
    ],
  },
  {
    name: 'a form feed',
    edits: [['default', 'a\fb']],
    mistakes: ['8:16: found the control character \\u000c; take it out'],
  },
  {
    name: 'old line ends',
    text: 'version: 1\rid: 7f3c9a51\rproviders:\r  here: { kind: local }\rworkstations:\r  dev:\r    provider: here\r    location: default\r    size: { cpus: 2, memory: 1GB }\r    image: micro\r    keep-snapshots: 3\r    disks:\r      boot: { size: 10GB, type: standard }\r      data: { size: 20GB, type: fast }\r',
    mistakes: [
      '1:11: found a carriage return without a line feed; save the file with the line ends of Unix or Windows',
    ],
  },
  {
    name: 'mistakes everywhere',
    edits: [
      ['here: { kind: local }', 'here: { kind: lokal }'],
      ['cpus: 2', 'cpus: two'],
      ['10GB', '10'],
      ['image: micro', 'imgae: micro'],
    ],
    mistakes: [
      '4:17: providers.here.kind: found "lokal", expected one of local, gcp or aws; did you mean local?',
      '9:19: workstations.dev.size.cpus: found "two", expected a whole number from 1 to 512',
      '10:5: workstations.dev.imgae: this key is not known here; did you mean image?',
      '13:21: workstations.dev.disks.boot.size: found 10, which has no unit, expected a size with its unit, such as 10GB; write 10GB or 10MB',
    ],
  },
];
