import { basename, dirname, join } from 'node:path'
import type { ConfigFiles } from '../adapters/files/config-files.ts'

/**
 * What stands for the agents.toml of a folder that has none and is a town of tinytown: its town, and no agents. No session
 * has this prefix and no server this name, so nothing that runs is taken for a part of it. State goes where tinytown's does.
 */
export const TOWN_ONLY = `[defaults]
session_prefix = "no-fleet-"
log_dir = ".tt/agents"
tmux_socket = "agents-no-fleet"

[town]
file = "tinytown.toml"
`

/** The folder of this agents.toml, which is not there, is a town of tinytown. */
export const isTownOnly = (files: Pick<ConfigFiles, 'kindOf'>, path: string): boolean =>
  basename(path) === 'agents.toml' &&
  files.kindOf(path) === 'absent' &&
  files.kindOf(join(dirname(path), 'tinytown.toml')) === 'file'
