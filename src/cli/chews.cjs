#!/usr/bin/env node
/* oxlint-disable no-var -- an old Node has to read this far to say that it is too old */
/* global VERSION_TEXT, HELP_TEXT */

var LEAST_NODE = 22;

/** The sentence for a Node that is too old; an empty one for the others. */
function nodeProblem(version) {
  var major = parseInt(String(version).replace(/^v/, ''), 10);
  if (major >= LEAST_NODE) return '';
  return (
    'cannot run chews: it needs Node.js ' +
    LEAST_NODE +
    ' or newer, and this is ' +
    version +
    '\n' +
    '  → install a newer one from https://nodejs.org'
  );
}

/** What can be answered without loading anything. The build puts the texts in. */
function knownAnswer(words) {
  if (words.length === 0) return HELP_TEXT;
  if (words.length > 1) return '';
  switch (words[0]) {
    case '--version':
    case '-V':
    case 'version':
      return VERSION_TEXT;
    case '--help':
    case '-h':
    case 'help':
      return HELP_TEXT;
    default:
      return '';
  }
}

/** The user's own: code is run from it, so that it must not be where others can write. */
function cacheFolder(env) {
  var base = env.XDG_CACHE_HOME;
  if (base !== undefined && base.charAt(0) === '/') return base + '/chews/code';
  var home = env.HOME || env.USERPROFILE;
  return home ? home + '/.cache/chews/code' : '';
}

function start() {
  var problem = nodeProblem(process.version);
  if (problem !== '') {
    console.error(problem);
    process.exitCode = 2;
    return;
  }
  // In a narrow terminal it has to be laid out.
  var narrow = process.stdout.isTTY === true && process.stdout.columns < 80;
  var answer = narrow ? '' : knownAnswer(process.argv.slice(2));
  if (answer !== '') {
    // A reader that has gone (`| head`) is no error.
    process.stdout.on('error', function () {});
    process.stdout.write(answer);
    return;
  }
  var folder = cacheFolder(process.env);
  var cache = require('node:module').enableCompileCache;
  if (cache !== undefined && folder !== '') cache(folder);
  require('./main.cjs').main();
}

if (require.main === module) start();
else module.exports = { nodeProblem: nodeProblem, knownAnswer: knownAnswer };
