/**
 * Decides what a machine needs before a suite can run there, and who installs it: pure, prepare.mjs carries it out.
 *
 * Nothing is installed silently: every plan that installs has a sentence to say first.
 */

/**
 * What is known of the machine.
 *
 * @typedef {object} Host
 * @property {string} platform as process.platform
 * @property {boolean} isRoot
 * @property {boolean} isTty whether a person can be asked
 * @property {string} osRelease text of /etc/os-release, empty where there is none
 * @property {string | undefined} redisUrl value of REDIS_URL
 * @property {(command: string) => boolean} has whether a command is on PATH; of one with its path, whether it is there
 */

/**
 * What to do about one group of tools.
 *
 * @typedef {{ kind: 'ready', say?: string }
 *   | { kind: 'install', reason: string, say: string, commands: string[][] }
 *   | { kind: 'ask', reason: string, say: string, commands: string[][], otherwise: string }
 *   | { kind: 'stop', say: string }} ToolPlan
 *
 * `reason` names what is missing: what a plan that was carried out in vain ends with.
 */

/**
 * The commands that the end-to-end suite runs, by the Debian package they are of. Packages are installed without what
 * they recommend, so what podman and buildah cannot work without stands here: a runtime and a file system for containers.
 * Debian has the last five from the start; a container image that was made small may not. A test holds the list against
 * what the suite starts.
 */
const peerCommands = {
  'docker-registry': ['docker-registry'],
  skopeo: ['skopeo'],
  podman: ['podman'],
  buildah: ['buildah'],
  crun: ['crun'],
  runc: ['runc'],
  'fuse-overlayfs': ['fuse-overlayfs'],
  time: ['time'],
  'busybox-static': ['/bin/busybox'],
  bsdutils: ['script'],
  coreutils: ['stty', 'cat', 'env'],
  mount: ['umount'],
  procps: ['pgrep'],
  'util-linux': ['unshare', 'nsenter'],
};

/** Debian's own docker client, which fits its daemon: another one may be first on PATH. */
const dockerClient = '/usr/bin/docker';

/** From Debian 13 on the client has a package of its own. */
const dockerApart = { 'docker.io': ['dockerd'], 'docker-cli': [dockerClient] };
const dockerTogether = { 'docker.io': ['dockerd', dockerClient] };

/**
 * A program that is built from source, because its version must be this one on every machine. Of one with a `directory`
 * the whole module is taken and the program built there: `go install` refuses by its name what names versions that its
 * module must not use.
 *
 * @typedef {{ name: string, source: string, directory?: string, version: string }} BuiltTool
 */

/**
 * Clients of registries that Debian does not have, or not in these versions: the end-to-end suite lets them at the
 * embedded registry, the copy benchmark compares with them.
 *
 * @type {readonly BuiltTool[]}
 */
export const clientTools = [
  { name: 'crane', source: 'github.com/google/go-containerregistry/cmd/crane', version: 'v0.22.1' },
  { name: 'regctl', source: 'github.com/regclient/regclient/cmd/regctl', version: 'v0.11.7' },
  { name: 'oras', source: 'oras.land/oras/cmd/oras', version: 'v1.3.6' },
];

/**
 * Programs that the copy benchmark compares with, and the registry it copies between.
 *
 * @type {readonly BuiltTool[]}
 */
export const builtTools = [
  ...clientTools,
  { name: 'registry', source: 'github.com/distribution/distribution/v3/cmd/registry', version: 'v3.1.1' },
];

/**
 * Builders of the end-to-end suite that Debian does not have.
 *
 * @type {readonly BuiltTool[]}
 */
export const builtBuilders = [
  { name: 'buildx', source: 'github.com/docker/buildx/cmd/buildx', version: 'v0.38.2' },
  { name: 'buildkitd', source: 'github.com/moby/buildkit', directory: './cmd/buildkitd', version: 'v0.34.2' },
];

/**
 * What the end-to-end suite runs workflows with, and what reads them.
 *
 * @type {readonly BuiltTool[]}
 */
export const workflowTools = [
  { name: 'act', source: 'github.com/nektos/act', version: 'v0.2.89' },
  { name: 'actionlint', source: 'github.com/rhysd/actionlint/cmd/actionlint', version: 'v1.7.12' },
];

/**
 * The specification's own test of registries. It has no numbered versions; this one is of its state after v1.1.1.
 *
 * @type {readonly BuiltTool[]}
 */
const conformanceTools = [
  {
    name: 'conformance',
    source: 'github.com/opencontainers/distribution-spec/conformance',
    version: 'v0.0.0-20260831232431-97274622c111',
  },
];

/** Where Go is looked for: on PATH, and where its own instructions put it. */
const goCommands = ['go', '/usr/local/go/bin/go'];

/** Redis by operating system, as its own package manager has it. */
const redisCommands = /** @type {const} */ ([
  ['alpine', 'apk add redis'],
  ['arch', 'pacman -S redis'],
  ['fedora', 'dnf install redis'],
  ['rhel', 'dnf install redis'],
]);

/**
 * How this machine comes by Redis: the one REDIS_URL names, the one on PATH, or one to be installed. Tests kill and
 * restart theirs, so for them a running one will not do.
 *
 * @param {Host} host
 * @param {{ ownServer: boolean }} needs
 * @returns {ToolPlan}
 */
export function planRedis(host, { ownServer }) {
  if (host.redisUrl && !ownServer)
    return { kind: 'ready', say: `Redis: ${withoutPassword(host.redisUrl)} (from REDIS_URL)` };
  if (host.has('redis-server')) return { kind: 'ready' };
  if (isDebian(host)) return planDebian(host, ['redis-server'], 'Redis is missing');
  if (host.platform === 'darwin') return planHomebrew(host);
  const known = redisCommands.find(([name]) => distributions(host).includes(name));
  const command = known && `${host.isRoot ? '' : 'sudo '}${known[1]}`;
  return {
    kind: 'stop',
    say: `Redis is missing. ${command ? `Run: ${command}` : 'Install redis-server 6.2 or newer, or set REDIS_URL to a running one'}`,
  };
}

/**
 * How this machine comes by the registries and container tools that the end-to-end suite compares with.
 *
 * @param {Host} host
 * @returns {ToolPlan}
 */
export function planPeers(host) {
  const wanted = { ...(hasDockerCli(host) ? dockerApart : dockerTogether), ...peerCommands };
  const missing = Object.entries(wanted)
    .map(([name, commands]) => ({ name, commands: commands.filter((command) => !host.has(command)) }))
    .filter(({ commands }) => commands.length > 0);
  if (missing.length === 0) return { kind: 'ready' };
  const packages = missing.map(({ name }) => name);
  const what = `the end-to-end suite needs ${missing.map(sayMissing).join(', ')}`;
  if (isDebian(host)) return planDebian(host, packages, what);
  return { kind: 'stop', say: `${what}: it runs on Debian or Ubuntu; \`npm test\` runs anywhere` };
}

/** @param {{ name: string, commands: string[] }} missing */
function sayMissing({ name, commands }) {
  return commands.length === 1 && commands[0] === name ? name : `${commands.join(' and ')} (${name})`;
}

/** Debian's testing and unstable have no VERSION_ID. @param {Host} host */
function hasDockerCli({ osRelease }) {
  const version = /^VERSION_ID="?(\d+)/m.exec(osRelease)?.[1];
  return /^ID="?debian"?$/m.test(osRelease) && !(Number(version) < 13);
}

/**
 * How this machine comes by the programs that the copy benchmark compares with. Without Go it does not, which is said and
 * stops nothing: only the copy benchmark needs them, and it fails by itself.
 *
 * @param {Host} host
 * @param {string} root of the clone
 * @returns {ToolPlan}
 */
export function planBuiltTools(host, root) {
  const plan = planBuilding(host, root, builtTools, 'the copy benchmark');
  return plan.kind === 'stop' ? { ...plan, kind: 'ready' } : plan;
}

/**
 * How this machine comes by the builders that the end-to-end suite builds with and Debian does not have.
 *
 * @param {Host} host
 * @param {string} root of the clone
 * @returns {ToolPlan}
 */
export function planBuiltBuilders(host, root) {
  return planBuilding(host, root, builtBuilders, 'the end-to-end suite');
}

/**
 * How this machine comes by the clients of registries that the end-to-end suite runs and Debian does not have.
 *
 * @param {Host} host
 * @param {string} root of the clone
 * @returns {ToolPlan}
 */
export function planClientTools(host, root) {
  return planBuilding(host, root, clientTools, 'the end-to-end suite');
}

/**
 * How this machine comes by the programs that the end-to-end suite runs and reads workflows with.
 *
 * @param {Host} host
 * @param {string} root of the clone
 * @returns {ToolPlan}
 */
export function planWorkflowTools(host, root) {
  return planBuilding(host, root, workflowTools, 'the end-to-end suite');
}

/**
 * How this machine comes by the program that the end-to-end suite tests the embedded registry with.
 *
 * @param {Host} host
 * @param {string} root of the clone
 * @returns {ToolPlan}
 */
export function planConformanceTools(host, root) {
  return planBuilding(host, root, conformanceTools, 'the end-to-end suite');
}

/**
 * @param {Host} host
 * @param {string} root of the clone
 * @param {readonly BuiltTool[]} tools
 * @param {string} who needs them
 * @returns {ToolPlan}
 */
function planBuilding(host, root, tools, who) {
  const missing = tools.filter((tool) => !host.has(`${builtToolDirectory(root, tool)}/${tool.name}`));
  if (missing.length === 0) return { kind: 'ready' };
  const go = goCommands.find((command) => host.has(command));
  const reason = `${who} needs ${missing.map(({ name, version }) => `${name} ${version}`).join(', ')}`;
  if (go === undefined) {
    return {
      kind: 'stop',
      say: `${reason}, and Go 1.26.7 or newer to build them (looked for: ${goCommands.join(', ')}); see https://go.dev/doc/install`,
    };
  }
  return {
    kind: 'install',
    reason,
    say: `${reason}: building them with ${go} install, which takes minutes`,
    commands: missing.flatMap((tool) => buildCommands(go, root, tool)),
  };
}

/**
 * @param {string} go
 * @param {string} root
 * @param {BuiltTool} tool
 * @returns {string[][]}
 */
function buildCommands(go, root, tool) {
  const { source, directory, version } = tool;
  const module = `${source}@${version}`;
  const target = builtToolDirectory(root, tool);
  if (directory === undefined) return [['env', `GOBIN=${target}`, go, 'install', module]];
  const there = 'cd "$("$1" env GOMODCACHE)/$2" && GOBIN="$3" exec "$1" install -mod=readonly "$4"';
  return [
    [go, 'mod', 'download', module],
    ['sh', '-c', there, 'sh', go, module, target, directory],
  ];
}

/** The directories of the benchmark's programs that are built from source, for PATH. @param {string} root of the clone */
export function builtToolPath(root) {
  return builtTools.map((tool) => builtToolDirectory(root, tool));
}

/** The directories of the clients that are built from source. @param {string} root of the clone */
export function clientToolPath(root) {
  return clientTools.map((tool) => builtToolDirectory(root, tool));
}

/** The directories of the builders that are built from source. @param {string} root of the clone */
export function builtBuilderPath(root) {
  return builtBuilders.map((tool) => builtToolDirectory(root, tool));
}

/** The directories of the programs for workflows that are built from source. @param {string} root of the clone */
export function workflowToolPath(root) {
  return workflowTools.map((tool) => builtToolDirectory(root, tool));
}

/** The directory of the specification's own test, built from source. @param {string} root of the clone */
export function conformanceToolPath(root) {
  return conformanceTools.map((tool) => builtToolDirectory(root, tool));
}

/** @param {string} root @param {BuiltTool} tool */
function builtToolDirectory(root, { name, version }) {
  return `${root.replace(/\/$/, '')}/node_modules/.cache/registry-action/${name}-${version}`;
}

/**
 * @param {Host} host
 * @param {string[]} packages
 * @param {string} reason
 * @returns {ToolPlan}
 */
function planDebian(host, packages, reason) {
  const install = ['apt-get', 'install', '--yes', '--no-install-recommends', ...packages];
  if (host.isRoot) {
    return {
      kind: 'install',
      reason,
      say: `${reason}: installing ${packages.join(' ')} with apt-get`,
      commands: [
        ['apt-get', 'update', '-qq'],
        [...install, '-qq'],
      ],
    };
  }
  return { kind: 'stop', say: `${reason}. Run: sudo apt-get update && sudo ${install.join(' ')}` };
}

/**
 * @param {Host} host
 * @returns {ToolPlan}
 */
function planHomebrew(host) {
  const otherwise = 'Redis is missing. Run: brew install redis';
  if (!host.isTty || !host.has('brew')) return { kind: 'stop', say: otherwise };
  return {
    kind: 'ask',
    reason: 'Redis is missing',
    say: 'Redis is missing. Install it with `brew install redis`?',
    commands: [['brew', 'install', 'redis']],
    otherwise,
  };
}

/** @param {Host} host */
function isDebian(host) {
  return distributions(host).some((name) => name === 'debian' || name === 'ubuntu') && host.has('apt-get');
}

/** The distribution's own name and those it says it is like. @param {Host} host */
function distributions(host) {
  return [...host.osRelease.matchAll(/^ID(?:_LIKE)?="?([^"\n]*)"?$/gm)].flatMap(([, names = '']) => names.split(' '));
}

/** @param {string} url */
function withoutPassword(url) {
  return url.replace(/\/\/[^/@]*@/, '//***@');
}
