"""
A node of the Python package kademlia, asked by a test in lines of JSON:

    python-node.py <id in hex> <seconds until a call times out> <seconds that it keeps values>

It prints its port, and then one answer for each question. Bytes are {"hex": "…"} in JSON.
"""

import asyncio
import json
import sys

from kademlia.crawling import NodeSpiderCrawl
from kademlia.network import Server
from kademlia.node import Node
from kademlia.storage import ForgetfulStorage

HOST = "127.0.0.1"


def to_json(value):
    return {"hex": value.hex()} if isinstance(value, bytes) else value


def from_json(value):
    return bytes.fromhex(value["hex"]) if isinstance(value, dict) else value


async def find(server, wanted):
    """Where a node is: an id, an address and a port, or None."""
    node = Node(bytes.fromhex(wanted))
    peers = server.protocol.router.find_neighbors(node)
    crawl = NodeSpiderCrawl(server.protocol, node, peers, server.ksize, server.alpha)
    for found in await crawl.find():
        if found.id == node.id:
            return [found.id.hex(), found.ip, found.port]
    return None


async def answer(server, question, args):
    if question == "bootstrap":
        return len(await server.bootstrap([tuple(address) for address in args]))
    if question == "set":
        return await asyncio.gather(*[server.set(key, from_json(value)) for key, value in args])
    if question == "get":
        return [to_json(value) for value in await asyncio.gather(*[server.get(key) for key in args])]
    if question == "holds":
        return sum(1 for _ in server.storage)
    return await asyncio.gather(*[find(server, wanted) for wanted in args])


async def main():
    _, node_id, timeout, keeps = sys.argv
    server = Server(node_id=bytes.fromhex(node_id), storage=ForgetfulStorage(float(keeps)))
    await server.listen(0, interface=HOST)
    server.protocol._wait_timeout = float(timeout)
    _, port = server.transport.get_extra_info("sockname")
    print(json.dumps(port), flush=True)
    loop = asyncio.get_running_loop()
    while line := await loop.run_in_executor(None, sys.stdin.readline):
        question, args = json.loads(line)
        print(json.dumps(await answer(server, question, args)), flush=True)


asyncio.run(main())
