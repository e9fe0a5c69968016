
// Numbers of 16 bits each, as drawing/packed.py writes them.
const unpack = (text) => new Uint16Array(Uint8Array.from(atob(text), (c) => c.charCodeAt(0)).buffer);
