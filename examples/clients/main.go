// The user API from Go, with the standard library: `go run main.go [URL-of-Alice URL-of-Bob]`.
//
// Two nodes of one network are needed: `warpwire storj swarm --nodes 50` has them at the ports 5000 and 5001.
package main

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"log"
	"net/http"
	"os"
	"time"
)

// Node is a node, by its user API.
type Node struct {
	URL, Token string
}

// Error is what the node says went wrong.
type Error struct {
	Code    int    `json:"code"`
	Message string `json:"message"`
	Data    struct {
		Name string `json:"name"`
	} `json:"data"`
}

func (e *Error) Error() string { return e.Message }

// Call calls a method, and puts its result where result points to.
func (n Node) Call(result any, method string, params ...any) error {
	if params == nil {
		params = []any{}
	}
	body, err := json.Marshal(map[string]any{"jsonrpc": "2.0", "id": 1, "method": method, "params": params})
	if err != nil {
		return err
	}
	request, err := http.NewRequest(http.MethodPost, n.URL, bytes.NewReader(body))
	if err != nil {
		return err
	}
	request.Header.Set("Content-Type", "application/json")
	if n.Token != "" {
		request.Header.Set("Authorization", "Bearer "+n.Token)
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	answer := struct {
		Result json.RawMessage `json:"result"`
		Error  *Error          `json:"error"`
	}{}
	if err := json.NewDecoder(response.Body).Decode(&answer); err != nil {
		return fmt.Errorf("no JSON was answered, with the status %s: %w", response.Status, err)
	}
	if answer.Error != nil {
		return answer.Error
	}
	return json.Unmarshal(answer.Result, result)
}

// call calls a method whose result is a T, and ends the program if it fails.
func call[T any](node Node, method string, params ...any) (result T) {
	if err := node.Call(&result, method, params...); err != nil {
		log.Fatalf("%s: %v", method, err)
	}
	return result
}

// waitFor calls again until there is something, for at most ten seconds.
func waitFor[T any](size func(T) int, again func() T) T {
	for range 100 {
		if found := again(); size(found) > 0 {
			return found
		}
		time.Sleep(100 * time.Millisecond)
	}
	log.Fatal("Nothing came within ten seconds")
	panic("unreachable")
}

func main() {
	urls := []string{"http://127.0.0.1:5000", "http://127.0.0.1:5001"}
	copy(urls, os.Args[1:])
	token := os.Getenv("WARPWIRE_TOKEN")
	alice, bob := Node{urls[0], token}, Node{urls[1], token}
	aliceID, bobID := call[string](alice, "dht_id"), call[string](bob, "dht_id")

	// The hash table: what one node puts, every node gets.
	fmt.Println("put:", call[bool](alice, "dht_put", "go", map[string]int{"answer": 42}))
	fmt.Println("get:", call[map[string]int](bob, "dht_get", "go")["answer"])

	// Messages, to one node.
	fmt.Println("sent:", call[bool](alice, "message_send", bobID, "hi Bob"))
	type inbox = map[string][]string
	messages := waitFor(func(found inbox) int { return len(found) }, func() inbox {
		return call[inbox](bob, "message_list")
	})
	fmt.Println("messages:", messages[aliceID])

	// Events, to all who subscribe. Others learn of a subscription within seconds, so Alice tells more than once.
	call[any](bob, "pubsub_subscribe", "go news")
	number := 0
	events := waitFor(func(found []string) int { return len(found) }, func() []string {
		number++
		call[any](alice, "pubsub_publish", "go news", fmt.Sprintf("issue %d", number))
		return call[[]string](bob, "pubsub_events", "go news")
	})
	fmt.Println("event:", events[0])

	// Streams of bytes, which are written in hex.
	stream := call[string](alice, "stream_open", bobID)
	fmt.Println("written:", call[int](alice, "stream_write", stream, hex.EncodeToString([]byte("hello"))))
	read := waitFor(func(found string) int { return len(found) }, func() string {
		return call[string](bob, "stream_read", stream)
	})
	content, err := hex.DecodeString(read)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println("read:", string(content))
	fmt.Println("closed:", call[bool](alice, "stream_close", stream))

	var place any
	if failed, ok := alice.Call(&place, "dht_find", "nobody").(*Error); ok {
		fmt.Println("error:", failed.Code, failed.Data.Name)
	}
}
