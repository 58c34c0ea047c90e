# What up, down and tool share: how a program of Kafka is started, found again and waited for. Sourced.

# Ends with a message.
die() { echo "${0##*/}: $*" >&2; exit 1; }

# Short-lived servers on two cores: the serial collector and the first compiler only save memory and time to start.
jvm=(-XX:+UseSerialGC -XX:TieredStopAtLevel=1 -XX:-UsePerfData -Xshare:auto -Djava.awt.headless=true)

# run LEVEL ARG...: java with Kafka's jars, logging from LEVEL on. In the folder of the jars and with a class path relative
# to it, because an archive of classes is good for the path it was made with, and folders are moved.
run() {
  local level=$1
  shift
  cd "$KAFKA"
  exec "$("$here/../java")/java" "${jvm[@]}" -Devenkeel.level="$level" -Dlog4j.configuration="file:$here/log4j.properties" \
    -Dlog4j2.configurationFile="$here/log4j2.properties" -cp 'jars/*' "$@"
}

# archive NAME: where the classes of a program are kept, written when the recipe is built and read from then on.
archive() {
  if [ "${KAFKA_ARCHIVE:-read}" = write ]; then
    echo "-XX:ArchiveClassesAtExit=$KAFKA/$1.jsa"
  elif [ -e "$KAFKA/$1.jsa" ]; then
    echo "-XX:SharedArchiveFile=$KAFKA/$1.jsa"
  fi
}

# ours PID: a pid counts only while it is a program of this DIR, as pids are used again.
ours() { grep --quiet --no-messages --fixed-strings -e "-Devenkeel.dir=$dir" "/proc/$1/cmdline"; }

# free_port: below the range that the system hands out to outgoing connections.
free_port() {
  local port
  while port=$((10000 + RANDOM % 20000)); (: <"/dev/tcp/127.0.0.1/$port") 2>/dev/null; do :; done
  echo "$port"
}

# wait_for PID LOG SECONDS TEST...: until the test passes; the log's end is shown as soon as the program is gone.
wait_for() {
  local pid=$1 log=$2 end=$((SECONDS + $3))
  shift 3
  until "$@" >/dev/null 2>&1; do
    if ! kill -0 "$pid" 2>/dev/null || [ "$SECONDS" -ge "$end" ]; then
      tail -n 25 "$log" >&2
      return 1
    fi
    sleep 0.1
  done
}
