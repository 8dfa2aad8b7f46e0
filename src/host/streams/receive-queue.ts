/**
 * Bytes of a stream that have arrived and that nobody has read yet.
 *
 * @module
 */

/** Pieces up to this size are copied together, so that many small ones cost no more memory than their bytes. */
const SMALL_BYTES_MAX = 512;
/** The memory into which small pieces are copied. */
const SLAB_BYTES = 4096;
/** So many used places at the front of the list are let go of at once. */
const USED_PIECES_MAX = 64;

/** The memory into which larger pieces are copied that the queue may not keep. */
const BLOCK_BYTES = 65536;
/** So many blocks wait to be used again, whatever queue they come from. */
const SPARE_BLOCKS_MAX = 16;

const NOTHING = new Uint8Array(0);
const spareBlocks: Uint8Array[] = [];
/** All blocks that have not been handed out. */
const blocks = new WeakSet<ArrayBufferLike>();
/** The memory of pieces in which nothing else is, and that have not been handed out. */
const wholes = new WeakSet<ArrayBufferLike>();

/** A queue of pieces. Pieces that are not small are kept as they come: their memory belongs to the queue then. */
export class ReceiveQueue {
  #pieces: Uint8Array[] = [];
  /** Index of the first piece that is left. */
  #first = 0;
  /** Where copies go: the last piece of the queue is its beginning, up to `#slabUsed`. */
  #slab: Uint8Array | null = null;
  #slabUsed = 0;
  #length = 0;

  /** How many bytes there are. */
  get length(): number {
    return this.#length;
  }

  /** Adds a piece. */
  push(piece: Uint8Array): void {
    this.#length += piece.length;
    // A lone small piece is kept as it is: mostly it is read before the next one comes.
    if (piece.length > SMALL_BYTES_MAX || this.#length === piece.length) {
      this.#slab = null;
      if (piece.length > 0) this.#pieces.push(piece);
    } else {
      this.#pushSmall(piece);
    }
  }

  /**
   * Adds a copy of a piece, whose memory the caller continues to use. Unlike memory that is made for each piece, the
   * memory of the copies is used again once they are read, and does not wait for a garbage collection.
   */
  pushCopy(piece: Uint8Array): void {
    // Of pieces that are not so large, the first ones are mostly read at once; many would take a fifth more than their bytes.
    if (piece.length <= SLAB_BYTES && this.#length < BLOCK_BYTES) return this.push(piece.slice());
    this.#length += piece.length;
    for (let start = 0; start < piece.length;) {
      if (this.#slab?.length !== BLOCK_BYTES || this.#slabUsed === BLOCK_BYTES) this.#beginSlab(takeBlock());
      const count = Math.min(piece.length - start, BLOCK_BYTES - this.#slabUsed);
      this.#append(piece.subarray(start, start + count));
      start += count;
    }
  }

  /** Adds a piece that is all there is in its memory: that is let go of when the piece is read. */
  pushWhole(piece: Uint8Array): void {
    this.#length += piece.length;
    this.#slab = null;
    this.#pieces.push(piece);
    wholes.add(piece.buffer);
  }

  /** Copies as many bytes as fit into `target` and drops them. */
  take(target: Uint8Array): number {
    let taken = 0;
    for (let piece = this.front; piece !== null && taken < target.length; piece = this.front) {
      const count = Math.min(piece.length, target.length - taken);
      target.set(count === piece.length ? piece : piece.subarray(0, count), taken);
      taken += count;
      this.drop(count);
    }
    return taken;
  }

  /** The first piece, which stays; `null` if there is none. */
  get front(): Uint8Array | null {
    return this.#first === this.#pieces.length ? null : this.#pieces[this.#first];
  }

  /** Drops bytes of the first piece: its memory may be used for something else then. */
  drop(count: number): void {
    const piece = this.#pieces[this.#first];
    this.#length -= count;
    if (count < piece.length) {
      this.#pieces[this.#first] = piece.subarray(count);
      return;
    }
    this.#dropPiece();
    giveBack(piece.buffer);
  }

  /** Takes the first piece out as it is; `null` if there is none. */
  takePiece(): Uint8Array | null {
    if (this.#first === this.#pieces.length) return null;
    const piece = this.#pieces[this.#first];
    blocks.delete(piece.buffer);
    wholes.delete(piece.buffer);
    this.#dropPiece();
    this.#length -= piece.length;
    return piece;
  }

  /** Drops everything. */
  clear(): void {
    this.#pieces = [];
    this.#first = 0;
    this.#slab = null;
    this.#length = 0;
  }

  #pushSmall(piece: Uint8Array): void {
    if (this.#slab === null || this.#slabUsed + piece.length > this.#slab.length) {
      this.#beginSlab(new Uint8Array(SLAB_BYTES));
    }
    this.#append(piece);
  }

  #beginSlab(slab: Uint8Array): void {
    this.#slab = slab;
    this.#slabUsed = 0;
    this.#pieces.push(slab.subarray(0, 0));
  }

  /** Copies bytes that fit after those that are in the slab. */
  #append(piece: Uint8Array): void {
    const slab = this.#slab as Uint8Array;
    const last = this.#pieces.length - 1;
    slab.set(piece, this.#slabUsed);
    this.#slabUsed += piece.length;
    this.#pieces[last] = slab.subarray(this.#pieces[last].byteOffset, this.#slabUsed);
  }

  #dropPiece(): void {
    this.#pieces[this.#first] = NOTHING;
    this.#first += 1;
    if (this.#first === this.#pieces.length) {
      // Whatever comes next may not be written after a piece that was handed out.
      this.#pieces.length = 0;
      this.#first = 0;
      this.#slab = null;
    } else if (this.#first === USED_PIECES_MAX) {
      this.#pieces.splice(0, this.#first);
      this.#first = 0;
    }
  }
}

function takeBlock(): Uint8Array {
  const block = spareBlocks.pop() ?? new Uint8Array(BLOCK_BYTES);
  blocks.add(block.buffer);
  return block;
}

/**
 * Lets go of memory at once, where the runtime can: pieces that wait for the collector of garbage were 100 MB and more in
 * a long transfer.
 */
export function letGo(memory: ArrayBufferLike): void {
  (memory as { transfer?(length: number): ArrayBuffer }).transfer?.(0);
}

/** Keeps the memory of a piece that was read, if it is a block, or lets go of it, if nothing else is in it. */
function giveBack(memory: ArrayBufferLike): void {
  if (wholes.delete(memory)) letGo(memory);
  else if (blocks.delete(memory) && spareBlocks.length < SPARE_BLOCKS_MAX) spareBlocks.push(new Uint8Array(memory));
}
