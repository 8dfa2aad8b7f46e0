"""
The user API from Python, with requests: `python.py [URL-of-Alice URL-of-Bob]`.

Two nodes of one network are needed: `warpwire storj swarm --nodes 50` has them at the ports 5000 and 5001.
"""

import os
import sys
import time

import requests


class UserApiError(Exception):
    """What the node says went wrong: `code`, and the `name` of the error."""

    def __init__(self, code, message, data=None):
        super().__init__(message)
        self.code = code
        self.name = (data or {}).get("name")


class UserApi:
    """A node. Each call is a method: `node.dht_put("key", "value")`."""

    def __init__(self, url, token=None):
        self._url = url
        self._session = requests.Session()  # keeps the connection
        if token:
            self._session.headers["Authorization"] = "Bearer " + token

    def __getattr__(self, name):
        if name.startswith("_"):
            raise AttributeError(name)
        return lambda *args: self._call(name, args)

    def _call(self, method, args):
        request = {"jsonrpc": "2.0", "id": 1, "method": method, "params": args}
        response = self._session.post(self._url, json=request, timeout=130)
        answer = response.json()
        if "error" in answer:
            raise UserApiError(**answer["error"])
        return answer["result"]


def wait_for(call):
    """Calls again until there is something, for at most ten seconds."""
    for _ in range(100):
        found = call()
        if found:
            return found
        time.sleep(0.1)
    raise TimeoutError("Nothing came within ten seconds")


def main(alice_url="http://127.0.0.1:5000", bob_url="http://127.0.0.1:5001"):
    token = os.environ.get("WARPWIRE_TOKEN")
    alice, bob = UserApi(alice_url, token), UserApi(bob_url, token)
    alice_id, bob_id = alice.dht_id(), bob.dht_id()

    # The hash table: what one node puts, every node gets.
    print("put:", alice.dht_put("python", {"answer": 42}))
    print("get:", bob.dht_get("python"))

    # Messages, to one node.
    print("sent:", alice.message_send(bob_id, "hi Bob"))
    print("messages:", wait_for(bob.message_list)[alice_id])

    # Events, to all who subscribe. Others learn of a subscription within seconds, so Alice tells more than once.
    bob.pubsub_subscribe("python news")
    for number in range(1, 100):
        alice.pubsub_publish("python news", "issue %d" % number)
        time.sleep(0.1)
        events = bob.pubsub_events("python news")
        if events:
            break
    print("event:", events[0])

    # Streams of bytes, which are written in hex.
    stream = alice.stream_open(bob_id)
    print("written:", alice.stream_write(stream, "hello".encode().hex()))
    print("read:", bytes.fromhex(wait_for(lambda: bob.stream_read(stream))).decode())
    print("closed:", alice.stream_close(stream))

    try:
        alice.dht_find("nobody")
    except UserApiError as error:
        print("error:", error.code, error.name)


if __name__ == "__main__":
    main(*sys.argv[1:])
