#!/usr/bin/env bash
# In short what the entry point of Flink's image does with a command: it puts FLINK_PROPERTIES into config.yaml, and starts the
# process with the memory that Flink computes.
set -euo pipefail

conf=/opt/flink/conf
class_path=$(printf '%s:' /opt/flink/lib/*.jar)

# utils COMMAND [ARGUMENT...]: the lines that Flink's own utility answers.
utils() {
  java -classpath "$class_path" -Dlog4j2.disable=true org.apache.flink.runtime.util.bash.BashJavaUtils "$1" \
    --configDir "$conf" "${@:2}" 2> /dev/null | sed -n 's/^.*BASH_JAVA_UTILS_EXEC_RESULT://p'
}

case ${1:-} in
  jobmanager | taskmanager | standalone-job) ;;
  *) exec "$@" ;;
esac
jemalloc=$(find /usr/lib -name libjemalloc.so.2 | head -n 1)
[[ -z $jemalloc ]] || export LD_PRELOAD=$jemalloc

options=("-Djobmanager.rpc.address=${JOB_MANAGER_RPC_ADDRESS:-$(hostname -f)}" -Dblob.server.port=6124 -Dquery.server.port=6125)
while IFS= read -r property; do
  property=$(tr -d '[:space:]' <<< "$property")
  [[ -z $property ]] || options+=("-D${property%%:*}=$(envsubst <<< "${property#*:}")")
done <<< "${FLINK_PROPERTIES:-}"
config=$(utils UPDATE_AND_GET_FLINK_CONFIGURATION "${options[@]}")
echo "$config" > "$conf/config.yaml" || echo "docker-entrypoint.sh: $conf/config.yaml cannot be written" >&2

role=$1
shift
case $role in
  taskmanager)
    main=org.apache.flink.runtime.taskexecutor.TaskManagerRunner
    resources=$(utils GET_TM_RESOURCE_PARAMS "$@")
    ;;
  jobmanager)
    main=org.apache.flink.runtime.entrypoint.StandaloneSessionClusterEntrypoint
    resources=$(utils GET_JM_RESOURCE_PARAMS)
    ;;
  standalone-job)
    main=org.apache.flink.container.entrypoint.StandaloneApplicationClusterEntryPoint
    resources=$(utils GET_JM_RESOURCE_PARAMS)
    ;;
esac
java=$(sed -n 's/^ *all: *//p' "$conf/config.yaml" | sed "s/^['\"]//; s/['\"]$//" | head -n 1)
# shellcheck disable=SC2046,SC2086 # several options each
exec java -XX:+UseG1GC $(sed -n 1p <<< "$resources") $java -Dlog4j.configurationFile="$conf/log4j-console.properties" \
  -classpath "$class_path" "$main" --configDir "$conf" $(sed -n 2p <<< "$resources") "$@"
