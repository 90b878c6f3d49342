// node examples/demo/prepare.mjs FOLDER: makes a throw-away project in which agents.example.toml runs.
//   FOLDER/origin.git                a bare repository, the place where the agents meet
//   FOLDER/project                   the project: agents.toml, prompts, demo programs; a clone of origin.git
//   FOLDER/project/.clones/<name>    one clone for each agent that commits
import { execFileSync } from 'node:child_process'
import { cpSync, existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'

const source = fileURLToPath(new URL('../..', import.meta.url))
const folder = resolve(process.argv[2] ?? 'agents-demo')
if (existsSync(folder) && readdirSync(folder).length > 0) {
  console.error(`${folder} is not empty: name a new folder`)
  process.exit(2)
}

const origin = join(folder, 'origin.git')
const project = join(folder, 'project')
const git = (dir, ...args) =>
  execFileSync('git', ['-C', dir, ...args], { stdio: ['ignore', 'pipe', 'inherit'] })

/** An identity and no signing, whatever the user's own configuration says. */
function identify(dir, name) {
  git(dir, 'config', 'user.name', name)
  git(dir, 'config', 'user.email', `${name}@example.invalid`)
  git(dir, 'config', 'commit.gpgsign', 'false')
}

mkdirSync(origin, { recursive: true })
git(origin, 'init', '-q', '--bare')
git(origin, 'symbolic-ref', 'HEAD', 'refs/heads/main')

mkdirSync(project)
git(project, 'init', '-q')
git(project, 'symbolic-ref', 'HEAD', 'refs/heads/main')
identify(project, 'project')
git(project, 'remote', 'add', 'origin', origin)
cpSync(join(source, 'agents.example.toml'), join(project, 'agents.toml'))
for (const part of ['agents.schema.json', 'prompts', 'examples/demo']) {
  if (existsSync(join(source, part))) cpSync(join(source, part), join(project, part), { recursive: true })
}
writeFileSync(join(project, '.gitignore'), '.agents/\n.clones/\nREPORT.md\n')
git(project, 'add', '.')
git(project, 'commit', '-q', '-m', 'Begin')
git(project, 'push', '-q', 'origin', 'main')
git(project, 'remote', 'set-head', 'origin', 'main')

for (const name of ['builder', 'adversary']) {
  git(project, 'clone', '-q', origin, join('.clones', name))
  identify(join(project, '.clones', name), name)
}

// Without this file the task of [loop.on_complete] does not run: completing a sequence must be asked for.
mkdirSync(join(project, '.agents'), { mode: 0o700 })
writeFileSync(join(project, '.agents', '.run-on-complete'), '', { mode: 0o600 })

console.log(`ready. Now:\n  cd ${project}\n  agents up\n  agents status --watch`)
