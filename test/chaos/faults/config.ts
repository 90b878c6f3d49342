import { execFileSync } from 'node:child_process'
import {
  appendFileSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmdirSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { fleetToml } from '../fleet.ts'
import { bound, type FaultKind, type Params, type Scene } from './types.ts'

const nobody = () => []
const base = (scene: Scene) => ({ model: `m${scene.notes.model}`, extra: false })

/** Breaks the file, holds, mends it: nothing may die of it, and the good file must be in force again. */
function broken(
  name: string,
  weight: number,
  harm: (scene: Scene, params: Params) => void,
  clear?: (scene: Scene) => void,
): FaultKind {
  return {
    name: `config: ${name}`,
    weight,
    tags: ['config', 'verb'],
    draw: (random) => ({ ms: random.int(100, 2_000), part: random.next() }),
    touches: nobody,
    run: async (scene, params) => {
      harm(scene, params)
      await scene.sleep(params.ms)
      clear?.(scene)
      scene.box.writeConfig(base(scene))
      await inForce(scene)
    },
  }
}

async function inForce(scene: Scene): Promise<void> {
  await scene.due(
    'good config in force again',
    'row 48',
    bound.config,
    'the mended config is in force',
    async () => {
      const status = await scene.box.status()
      return (
        status !== undefined &&
        !status.config.stale &&
        status.config.problems.every((one) => one.severity !== 'error')
      )
    },
  )
}

export const configFaults: readonly FaultKind[] = [
  {
    name: 'config: agent added, then removed',
    weight: 3,
    tags: ['config', 'verb', 'server'],
    draw: (random) => ({ ms: random.int(0, 1_500) }),
    touches: () => ['extra'],
    licence: { kills: true },
    run: async (scene, { ms }) => {
      const { box, sampler } = scene
      sampler.want('extra', 'up')
      box.writeConfig({ ...base(scene), extra: true })
      await scene.due(
        'agent added to running',
        'row 56',
        bound.config,
        'an added agent starts',
        () => box.mainOf('extra') !== undefined,
      )
      await scene.sleep(ms)
      box.writeConfig(base(scene))
      await scene.due(
        'agent removed to stopped',
        'row 51',
        bound.config,
        'a removed agent is stopped',
        () => {
          return !box.scan().some((seen) => seen.agent === 'extra')
        },
      )
      sampler.want('extra', 'down')
    },
  },
  {
    name: 'config: model of an agent changed',
    weight: 3,
    tags: ['config', 'verb', 'server', 'agent:alpha2'],
    draw: () => ({}),
    touches: () => ['alpha2'],
    licence: { kills: true },
    run: async (scene) => {
      const old = scene.box.mainOf('alpha2')
      scene.notes.model += 1
      scene.box.writeConfig(base(scene))
      if (old !== undefined) await scene.back('config change to restart', 'alpha2', old)
    },
  },
  broken('not TOML', 2, (scene) => writeFileSync(scene.box.configPath, 'this = is [not toml\n')),
  broken('cut off', 4, (scene, { part }) => {
    const text = fleetToml(scene.box.dir, process.execPath, base(scene))
    writeFileSync(scene.box.configPath, text.slice(0, Math.floor(part * (text.length - 4))))
  }),
  broken('a bad value', 2, (scene) =>
    appendFileSync(scene.box.configPath, '\n[watchdog.typo]\nnothing = -1\n'),
  ),
  broken('removed', 2, (scene) => rmSync(scene.box.configPath, { force: true })),
  broken('moved away', 2, (scene) => renameSync(scene.box.configPath, scene.box.path('agents.toml.away'))),
  broken('a FIFO in its place', 2, (scene) => {
    rmSync(scene.box.configPath, { force: true })
    execFileSync('mkfifo', [scene.box.configPath])
  }),
  broken(
    'a folder in its place',
    2,
    (scene) => {
      rmSync(scene.box.configPath, { force: true })
      mkdirSync(scene.box.configPath)
    },
    (scene) => rmdirSync(scene.box.configPath),
  ),
  {
    name: 'config: fifty quick edits',
    weight: 2,
    tags: ['config', 'verb'],
    draw: () => ({}),
    touches: nobody,
    run: async (scene) => {
      for (let n = 0; n < 50; n += 1) {
        const text = readFileSync(scene.box.configPath, 'utf8')
        writeFileSync(scene.box.configPath, text.replace(/(# edit \d+\n)?$/, `# edit ${n}\n`))
        if (n % 10 === 0) await scene.sleep(20)
      }
      await inForce(scene)
    },
  },
]
