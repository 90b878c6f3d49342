import { error, type Finding, type Path } from '../finding.ts'
import { keeperSession, mendedName, NAME, nameFault, RESERVED_NAMES, watchdogSession } from '../names.ts'
import type { Resolved } from '../resolve.ts'
import type { Tables } from '../tables.ts'

/** macOS has the shortest `sun_path`, 104 bytes with its end. */
const MAX_SOCKET_PATH = 103

/** Without these two nothing has a name or a place; they come before everything else, as in the Python driver. */
export function checkRequired(tables: Tables): Finding[] {
  const examples = { session_prefix: 'myproj-', log_dir: '.agents' } as const
  return (['session_prefix', 'log_dir'] as const)
    .filter((key) => !tables.project[key])
    .map((key) =>
      error(
        'CONFIG_REQUIRED',
        ['defaults', key],
        `[defaults].${key} is required.`,
        `Write for example ${key} = "${examples[key]}".`,
      ),
    )
}

interface Row {
  path: Path
  name: string
  session: string
  explicit: boolean
}

/** One name, one session, one agent; and no name that tmux or a command would take for something else. */
export function checkNames(resolved: Resolved, tables: Tables): Finding[] {
  const prefix = resolved.fleet.sessionPrefix
  const rows: Row[] = [
    ...resolved.agents.map(({ path, spec, table }) => ({
      path,
      name: spec.name,
      session: spec.session,
      explicit: table.session !== undefined,
    })),
    ...resolved.services.map(({ path, table }) => ({
      path,
      name: table.name,
      session: `${prefix}${table.name}`,
      explicit: false,
    })),
  ]
  return [
    ...duplicateNames(rows),
    ...rows.flatMap(reservedName),
    ...sessionClashes(rows, prefix),
    ...rows.flatMap((row) => longSession(row, prefix)),
    ...checkSocket(resolved, tables),
  ]
}

function duplicateNames(rows: readonly Row[]): Finding[] {
  const seen = new Map<string, Row>()
  return rows.flatMap((row) => {
    const first = seen.get(row.name)
    if (first === undefined) {
      seen.set(row.name, row)
      return []
    }
    const what = `The name "${row.name}" is taken by another ${String(first.path[0])}.`
    const fix = `Write another name, e.g. "${mendedName(`${row.name}-2`)}".`
    return [error('CONFIG_NAME_TWICE', [...row.path, 'name'], what, fix)]
  })
}

function reservedName(row: Row): Finding[] {
  if (!RESERVED_NAMES.has(row.name)) return []
  const what = `"${row.name}" names a part of the supervisor itself.`
  return [
    error('CONFIG_NAME_RESERVED', [...row.path, 'name'], what, `Write for example "${row.name}-agent".`),
  ]
}

function sessionClashes(rows: readonly Row[], prefix: string): Finding[] {
  const taken = new Map([
    [watchdogSession(prefix), 'the watchdog'],
    [keeperSession(prefix), 'the connection to tmux'],
  ])
  const names = new Set<string>(RESERVED_NAMES)
  return rows.flatMap((row) => {
    const owner = taken.get(row.session)
    if (owner === undefined) taken.set(row.session, `"${row.name}"`)
    const alreadyTold = names.has(row.name) && !row.explicit
    names.add(row.name)
    if (owner === undefined || alreadyTold) return []
    const what = `Its tmux session "${row.session}" is also that of ${owner}.`
    const fix = row.explicit ? 'Write another session, or remove the line.' : 'Write another name.'
    return [error('CONFIG_SESSION_TWICE', [...row.path, row.explicit ? 'session' : 'name'], what, fix)]
  })
}

function longSession(row: Row, prefix: string): Finding[] {
  const partsAreFine = nameFault(row.name) === undefined && (prefix === '' || nameFault(prefix) === undefined)
  if (row.explicit || NAME.test(row.session) || !partsAreFine) return []
  const what = `Its session "${row.session}" has ${row.session.length} characters; at most 64 are possible.`
  const fix = 'Write a shorter name, or a shorter session_prefix.'
  return [error('CONFIG_NAME', [...row.path, 'name'], what, fix)]
}

function checkSocket(resolved: Resolved, tables: Tables): Finding[] {
  const server = resolved.fleet.tmux
  const path = ['defaults', 'tmux_socket']
  const written = tables.project.tmux_socket ?? ''
  if (server.kind === 'name' && !/^[A-Za-z0-9_][A-Za-z0-9_.-]{0,63}$/.test(server.name)) {
    const what = `${JSON.stringify(written)} is not a name for a tmux server.`
    return [error('CONFIG_NAME', path, what, `Write "${mendedName(written)}", or a path with a "/".`)]
  }
  if (server.kind === 'path' && Buffer.byteLength(server.path) > MAX_SOCKET_PATH) {
    const what = `The socket's path has ${Buffer.byteLength(server.path)} bytes; the system takes ${MAX_SOCKET_PATH}.`
    return [error('CONFIG_SOCKET_LONG', path, what, 'Write a name without "/", or a shorter path.')]
  }
  return []
}
