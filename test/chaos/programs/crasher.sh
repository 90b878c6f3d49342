# crasher.sh NAME: lives quietly, or dies at once while the file $CHAOS_BOX/crash is there.
printf '{"at":%s,"what":"start","pid":%s,"text":""}\n' "$(date +%s%3N)" $$ >>"$CHAOS_BOX/said/$1.jsonl"
[ -e "$CHAOS_BOX/crash" ] && exit 1
echo Ready
while :; do sleep 600; done
