type Env = Readonly<Record<string, string | undefined>>

/** What a tmux server that we start may see: what programs need to run, and no secret of the operator's shell (row 27). */
const SERVER_ENV =
  /^(?:PATH|HOME|USER|LOGNAME|SHELL|LANG|LANGUAGE|LC_\w+|TZ|TMPDIR|TERM|COLORTERM|XDG_\w+|SSH_AUTH_SOCK|DISPLAY|WAYLAND_DISPLAY|NODE_EXTRA_CA_CERTS|SSL_CERT_(?:FILE|DIR))$|^(?:HTTPS?|ALL|NO)_PROXY$/
const PROXY = /^(?:https?|all|no)_proxy$/i

/** Never handed on, whatever a pattern says: they would point the agent at another tmux server, fleet or session. */
const OURS = /^(?:TMUX|TMUX_PANE|AGENTS_(?:RUN|TOKEN|SELF|IDENTITY|SOCKET|STATE)|TINYTOWN_AGENT_(?:ID|NAME))$/

/** The clean environment of a tmux server of ours. Allow-listed; never used to change a server that already runs. */
export function serverEnv(env: Env): Record<string, string> {
  return pick(env, (name) => SERVER_ENV.test(name) || PROXY.test(name))
}

/** Variables whose name is one of `patterns`; a trailing `*` matches any ending. Absent ones stay absent. */
export function passEnv(patterns: readonly string[], env: Env): Record<string, string> {
  const matches = (name: string): boolean =>
    patterns.some((pattern) =>
      pattern.endsWith('*') ? name.startsWith(pattern.slice(0, -1)) : name === pattern,
    )
  return pick(env, (name) => !OURS.test(name) && matches(name))
}

function pick(env: Env, wanted: (name: string) => boolean): Record<string, string> {
  const picked: Record<string, string> = {}
  for (const [name, value] of Object.entries(env))
    if (value !== undefined && wanted(name)) picked[name] = value
  return picked
}
