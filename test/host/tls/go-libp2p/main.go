// The other side of the handshakes of the TLS host: go-libp2p's TLS, unchanged, and on it the opening exchange of
// docs/hosts.md. It is told what to do by its arguments and says on its output what it saw:
//
//	dial ADDRESS PEER-ID      connects, and asks who is there
//	listen PEER-ID            prints its address and id, and answers one caller
//	steal ADDRESS CERT.der    connects with a certificate whose key it does not have
//	steal CERT.der            prints its address, and answers one caller with such a certificate
package main

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"encoding/hex"
	"fmt"
	"io"
	"net"
	"os"

	"github.com/libp2p/go-libp2p/core/crypto"
	"github.com/libp2p/go-libp2p/core/peer"
	"github.com/libp2p/go-libp2p/core/sec"
	"github.com/libp2p/go-libp2p/p2p/net/upgrader"
	libp2ptls "github.com/libp2p/go-libp2p/p2p/security/tls"
)

// What is spoken inside, by ALPN.
const protocol = "warpwire/1"

func main() {
	key, _, err := crypto.GenerateSecp256k1Key(rand.Reader)
	check(err)
	id, err := peer.IDFromPrivateKey(key)
	check(err)
	public, err := key.GetPublic().Raw()
	check(err)
	transport, err := libp2ptls.New(libp2ptls.ID, key, []upgrader.StreamMuxer{{ID: protocol}})
	check(err)
	switch os.Args[1] {
	case "dial":
		connection := dial(os.Args[2])
		expected := decodePeer(os.Args[3])
		secured, err := transport.SecureOutbound(context.Background(), connection, expected)
		check(err)
		report(secured)
		ask(secured, hex.EncodeToString(public))
	case "listen":
		listener, err := net.Listen("tcp", "127.0.0.1:0")
		check(err)
		fmt.Println(listener.Addr(), hex.EncodeToString(public), id)
		connection, err := listener.Accept()
		check(err)
		secured, err := transport.SecureInbound(context.Background(), connection, decodePeer(os.Args[2]))
		check(err)
		report(secured)
		answer(secured, hex.EncodeToString(public))
	case "steal":
		if len(os.Args) == 4 {
			secured := tls.Client(dial(os.Args[2]), stolen(os.Args[3]))
			check(secured.Handshake())
			_, err := secured.Read(make([]byte, 1))
			fmt.Println("read", err)
			return
		}
		listener, err := net.Listen("tcp", "127.0.0.1:0")
		check(err)
		fmt.Println(listener.Addr())
		connection, err := listener.Accept()
		check(err)
		secured := tls.Server(connection, stolen(os.Args[2]))
		_, err = secured.Read(make([]byte, 1))
		fmt.Println("read", err)
	}
}

func decodePeer(text string) peer.ID {
	if text == "anybody" {
		return ""
	}
	id, err := peer.Decode(text)
	check(err)
	return id
}

func dial(address string) net.Conn {
	connection, err := net.Dial("tcp", address)
	check(err)
	return connection
}

func report(secured sec.SecureConn) {
	fmt.Println("peer", secured.RemotePeer(), secured.ConnState().StreamMultiplexer)
}

// Asks who is there: an opening with an empty path.
func ask(secured io.ReadWriter, own string) {
	body := append([]byte{byte(len(own))}, own...)
	body = append(body, 0, 0, 0)
	_, err := secured.Write(append([]byte{'w', 'w', 'h', 1, 0, byte(len(body))}, body...))
	check(err)
	said := readFrame(secured)
	fmt.Println("answer", said[0], string(said[2:2+said[1]]))
}

// Reads an opening, accepts it, and says "hello".
func answer(secured io.ReadWriter, own string) {
	magic := make([]byte, 4)
	_, err := io.ReadFull(secured, magic)
	check(err)
	said := readFrame(secured)
	fmt.Println("caller", string(said[1:1+said[0]]))
	body := append([]byte{0, byte(len(own))}, own...)
	body = append(body, 0)
	_, err = secured.Write(append([]byte{0, byte(len(body))}, body...))
	check(err)
	_, err = secured.Write([]byte("hello"))
	check(err)
	_, _ = io.Copy(io.Discard, secured)
}

func readFrame(from io.Reader) []byte {
	length := make([]byte, 2)
	_, err := io.ReadFull(from, length)
	check(err)
	frame := make([]byte, int(length[0])<<8|int(length[1]))
	_, err = io.ReadFull(from, frame)
	check(err)
	return frame
}

// Shows somebody else's certificate, and signs the handshake with another key.
func stolen(file string) *tls.Config {
	certificate, err := os.ReadFile(file)
	check(err)
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	check(err)
	return &tls.Config{
		MinVersion:         tls.VersionTLS13,
		InsecureSkipVerify: true,
		ClientAuth:         tls.RequireAnyClientCert,
		NextProtos:         []string{protocol},
		Certificates:       []tls.Certificate{{Certificate: [][]byte{certificate}, PrivateKey: key}},
	}
}

func check(err error) {
	if err != nil {
		fmt.Println("error", err)
		os.Exit(1)
	}
}
