#!/bin/sh
# The user API from a shell, with curl: `sh curl.sh [URL-of-Alice URL-of-Bob]`.
#
# Two nodes of one network are needed: `warpwire storj swarm --nodes 50` has them at the ports 5000 and 5001.
set -eu

alice=${1:-http://127.0.0.1:5000}
bob=${2:-http://127.0.0.1:5001}

# call URL METHOD [PARAMS]: prints the answer, a line of JSON.
call() {
  curl --silent --show-error \
    --header "Content-Type: application/json" \
    --header "Authorization: Bearer ${WARPWIRE_TOKEN:-}" \
    --data "{\"jsonrpc\": \"2.0\", \"id\": 1, \"method\": \"$2\", \"params\": ${3:-[]}}" \
    "$1"
  echo
}

# text: of an answer whose result is a text, that text. For answers of other shapes there are programs such as jq.
text() {
  sed -n 's/.*"result": *"\([^"]*\)".*/\1/p'
}

# nothing ANSWER: whether an answer says that nothing has come yet.
nothing() {
  echo "$1" | grep -q '"result": *\(\[\]\|{}\|""\|null\)'
}

# wait_for URL METHOD [PARAMS]: calls again until there is something, for at most ten seconds.
wait_for() {
  for _ in $(seq 100); do
    answer=$(call "$@")
    if ! nothing "$answer"; then
      echo "$answer"
      return
    fi
    sleep 0.1
  done
  echo "Nothing came within ten seconds" >&2
  return 1
}

bob_id=$(call "$bob" dht_id | text)

# The hash table: what one node puts, every node gets.
call "$alice" dht_put '["curl", {"answer": 42}]'
call "$bob" dht_get '["curl"]'

# Messages, to one node.
call "$alice" message_send "[\"$bob_id\", \"hi Bob\"]"
wait_for "$bob" message_list

# Events, to all who subscribe. Others learn of a subscription within seconds, so Alice tells more than once.
call "$bob" pubsub_subscribe '["curl news"]'
for number in $(seq 100); do
  call "$alice" pubsub_publish "[\"curl news\", \"issue $number\"]" >/dev/null
  sleep 0.1
  events=$(call "$bob" pubsub_events '["curl news"]')
  if ! nothing "$events"; then break; fi
done
echo "$events"

# Streams of bytes, which are written in hex: 68656c6c6f is hello.
stream=$(call "$alice" stream_open "[\"$bob_id\"]" | text)
call "$alice" stream_write "[\"$stream\", \"68656c6c6f\"]"
wait_for "$bob" stream_read "[\"$stream\"]"
call "$alice" stream_close "[\"$stream\"]"

# What goes wrong has a code and a name.
call "$alice" dht_find '["nobody"]'
