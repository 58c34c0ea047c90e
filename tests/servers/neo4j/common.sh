# What up and down share. Sourced.

# Ends with a message.
die() { echo "${0##*/}: $*" >&2; exit 1; }

# ours PID: a pid counts only while it is a server of this DIR, as pids are used again.
ours() { tr '\0' '\n' 2>/dev/null <"/proc/$1/cmdline" | grep --quiet --fixed-strings --line-regexp -e "--home-dir=$dir"; }

# free_port: below the range that the system hands out to outgoing connections.
free_port() {
  local port
  while port=$((10000 + RANDOM % 20000)); (: <"/dev/tcp/127.0.0.1/$port") 2>/dev/null; do :; done
  echo "$port"
}
