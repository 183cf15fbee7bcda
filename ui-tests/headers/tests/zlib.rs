//! zlib, called from Gs: what is compressed comes back, checksums are the known ones, and memory,
//! input and output come from callbacks.

use callgate::{Spawner, export_callback};
use callgate_headers::zlib::*;
use std::ffi::{CStr, CString, c_char, c_int, c_uchar, c_uint, c_ulong, c_void};
use std::path::PathBuf;
use std::ptr;

/// Text that compresses.
fn sample() -> Vec<u8> {
    (0..2000).flat_map(|i| format!("line {i} of a text\n").into_bytes()).collect()
}

/// A string of C's, which lives for ever or until it is copied here.
unsafe fn text(pointer: *const c_char) -> String {
    // SAFETY: the caller's promise.
    unsafe { CStr::from_ptr(pointer) }.to_str().unwrap().to_owned()
}

/// Gives all of `input` to `step` and returns what it puts out.
fn pump(
    stream: &mut z_stream,
    input: &[u8],
    step: unsafe fn(z_streamp, c_int) -> c_int,
) -> Result<Vec<u8>, c_int> {
    let mut output = Vec::new();
    let mut room = [0_u8; 512];
    stream.next_in = input.as_ptr();
    stream.avail_in = input.len() as uInt;
    loop {
        stream.next_out = room.as_mut_ptr();
        stream.avail_out = room.len() as uInt;
        // SAFETY: the stream is begun; its input and output are as long as it says.
        let code = unsafe { step(stream, Z_FINISH) };
        output.extend(&room[..room.len() - stream.avail_out as usize]);
        match code {
            Z_STREAM_END => return Ok(output),
            Z_OK | Z_BUF_ERROR if stream.avail_out == 0 => {}
            error => return Err(error),
        }
    }
}

#[test]
fn the_library_is_the_header_s() {
    let header = std::fs::read_to_string(callgate_headers::ZLIB.header).unwrap();
    callgate::run(|| {
        // SAFETY: strings that live for ever; a table of 256 numbers.
        unsafe {
            let defined = format!("#define ZLIB_VERSION \"{}\"", text(zlibVersion()));
            assert!(header.contains(&defined), "{defined}");
            assert_eq!(text(zError(Z_DATA_ERROR)), "data error");
            assert_eq!(*get_crc_table().add(1), 0x7707_3096);
        }
        let sizes = [size_of::<c_uint>(), size_of::<c_ulong>(), size_of::<voidpf>()];
        let code = |size: usize| (size.trailing_zeros() - 1) as uLong;
        let flags = code(sizes[0]) | code(sizes[1]) << 2 | code(sizes[2]) << 4;
        assert_eq!(zlibCompileFlags() & 0x3f, flags);
    });
}

#[test]
fn checksums_are_the_known_ones_and_combine() {
    let (first, second) = (b"12345", b"6789");
    callgate::run(|| {
        // SAFETY: pointers with their lengths.
        unsafe {
            assert_eq!(crc32(0, b"123456789".as_ptr(), 9), 0xcbf4_3926);
            assert_eq!(adler32(1, b"123456789".as_ptr(), 9), 0x091e_01de);
            let crcs = (crc32_z(0, first.as_ptr(), 5), crc32(0, second.as_ptr(), 4));
            assert_eq!(crc32_combine(crcs.0, crcs.1, 4), 0xcbf4_3926);
            assert_eq!(crc32_combine_op(crcs.0, crcs.1, crc32_combine_gen(4)), 0xcbf4_3926);
            let adlers = (adler32_z(1, first.as_ptr(), 5), adler32(1, second.as_ptr(), 4));
            assert_eq!(adler32_combine(adlers.0, adlers.1, 4), 0x091e_01de);
        }
    });
}

#[test]
fn memory_is_compressed_and_comes_back() {
    let data = sample();
    callgate::run(|| {
        let mut packed = vec![0; compressBound(data.len() as uLong) as usize];
        let mut length = packed.len() as uLongf;
        // SAFETY: pointers with their lengths.
        unsafe {
            let (from, to) = (data.as_ptr(), packed.as_mut_ptr());
            let code =
                compress2(to, &raw mut length, from, data.len() as uLong, Z_BEST_COMPRESSION);
            assert_eq!(code, Z_OK);
            packed.truncate(length as usize);
            assert!(packed.len() * 4 < data.len());
            let mut back = vec![0; data.len()];
            let mut used = packed.len() as uLong;
            let (mut length, to) = (back.len() as uLongf, back.as_mut_ptr());
            assert_eq!(uncompress2(to, &raw mut length, packed.as_ptr(), &raw mut used), Z_OK);
            assert_eq!((used as usize, length as usize), (packed.len(), back.len()));
            assert_eq!(back, data);
            let (mut short, packed_len) = (10, packed.len() as uLong);
            let code = uncompress(back.as_mut_ptr(), &raw mut short, packed.as_ptr(), packed_len);
            assert_eq!(code, Z_BUF_ERROR);
            packed[20] ^= 0xff;
            let mut length = back.len() as uLongf;
            let code = uncompress(back.as_mut_ptr(), &raw mut length, packed.as_ptr(), packed_len);
            assert_eq!(code, Z_DATA_ERROR);
        }
    });
}

#[test]
fn streams_take_dictionaries_and_are_copied_and_reset() {
    let (dictionary, data) = (b"line of a text\n", sample());
    callgate::run(|| {
        let (mut packer, mut twin) = (z_stream::new(), z_stream::new());
        let mut unpacker = z_stream::new();
        let length = dictionary.len() as uInt;
        // SAFETY: each stream is begun before it is used, stays where it is, and ends once.
        unsafe {
            let level = Z_DEFAULT_COMPRESSION;
            assert_eq!(deflateInit(&raw mut packer, level), Z_OK);
            assert_eq!(deflateSetDictionary(&raw mut packer, dictionary.as_ptr(), length), Z_OK);
            let id = packer.adler;
            assert_eq!(deflateCopy(&raw mut twin, &raw mut packer), Z_OK);
            let bound = deflateBound(&raw mut packer, data.len() as uLong) as usize;
            let packed = pump(&mut packer, &data, deflate).unwrap();
            assert!(packed.len() <= bound);
            assert_eq!(packer.total_out as usize, packed.len());
            assert_eq!(pump(&mut twin, &data, deflate).unwrap(), packed);
            let (mut pending, mut bits) = (1, 1);
            assert_eq!(deflatePending(&raw mut packer, &raw mut pending, &raw mut bits), Z_OK);
            assert_eq!((pending, bits), (0, 0));
            assert_eq!(deflateReset(&raw mut packer), Z_OK);
            let plain = pump(&mut packer, &data, deflate).unwrap();
            assert_ne!(plain, packed);

            assert_eq!(inflateInit(&raw mut unpacker), Z_OK);
            assert_eq!(pump(&mut unpacker, &packed, inflate), Err(Z_NEED_DICT));
            assert_eq!(unpacker.adler, id);
            assert_eq!(inflateSetDictionary(&raw mut unpacker, dictionary.as_ptr(), length), Z_OK);
            let rest = &packed[packed.len() - unpacker.avail_in as usize..];
            assert_eq!(pump(&mut unpacker, rest, inflate).unwrap(), data);
            assert_eq!(inflateReset(&raw mut unpacker), Z_OK);
            assert_eq!(pump(&mut unpacker, &plain, inflate).unwrap(), data);
            assert_eq!(inflateReset2(&raw mut unpacker, 15), Z_OK);
            assert_eq!(pump(&mut unpacker, b"no zlib stream", inflate), Err(Z_DATA_ERROR));
            assert_eq!(text(unpacker.msg), "incorrect header check");
            assert_eq!(inflateEnd(&raw mut unpacker), Z_OK);
            assert_eq!(inflateEnd(&raw mut unpacker), Z_STREAM_ERROR);
            assert_eq!((deflateEnd(&raw mut packer), deflateEnd(&raw mut twin)), (Z_OK, Z_OK));
            assert_eq!(
                inflateInit_(&raw mut unpacker, c"0".as_ptr(), size_of::<z_stream>() as c_int),
                Z_VERSION_ERROR
            );
        }
    });
}

/// What a stream took from its allocator.
#[derive(Default)]
struct Memory {
    blocks: Vec<(*mut c_void, Vec<u64>)>,
    taken: usize,
    most: usize,
}

#[export_callback(private)]
unsafe fn take(memory: voidpf, items: uInt, size: uInt) -> voidpf {
    // SAFETY: the stream's `opaque`.
    let memory = unsafe { &mut *memory.cast::<Memory>() };
    if memory.taken == memory.most {
        return ptr::null_mut();
    }
    memory.taken += 1;
    let mut block = vec![0; (items as usize * size as usize).div_ceil(8)];
    let pointer = block.as_mut_ptr().cast();
    memory.blocks.push((pointer, block));
    callgate::yield_now();
    pointer
}

#[export_callback(private)]
unsafe fn give_back(memory: voidpf, block: voidpf) {
    // SAFETY: the stream's `opaque`.
    let blocks = unsafe { &mut (*memory.cast::<Memory>()).blocks };
    let at = blocks.iter().position(|(pointer, _)| *pointer == block).expect("one of ours");
    blocks.swap_remove(at);
}

/// Compresses with memory from callbacks, at most `most` blocks of it.
fn pack_with(memory: &mut Memory, data: &[u8]) -> Result<Vec<u8>, c_int> {
    let mut stream = z_stream::new();
    stream.zalloc = Some(take);
    stream.zfree = Some(give_back);
    stream.opaque = ptr::from_mut(memory).cast();
    // SAFETY: the stream stays where it is and ends once; its memory outlives it.
    unsafe {
        let (raw, strategy) = (-15, Z_DEFAULT_STRATEGY);
        let code = deflateInit2(&raw mut stream, 9, Z_DEFLATED, raw, 8, strategy);
        if code != Z_OK {
            return Err(code);
        }
        let packed = pump(&mut stream, data, deflate);
        assert_eq!(deflateEnd(&raw mut stream), Z_OK);
        packed
    }
}

/// Where `inflateBack` reads, in pieces of 100 bytes.
struct Source<'a>(&'a [u8]);

#[export_callback(private)]
unsafe fn read(source: *mut c_void, piece: *mut *const c_uchar) -> c_uint {
    // SAFETY: what `inflateBack` was given.
    let source = unsafe { &mut *source.cast::<Source<'_>>() };
    let (now, later) = source.0.split_at(source.0.len().min(100));
    source.0 = later;
    callgate::yield_now();
    // SAFETY: room for a pointer.
    unsafe { *piece = now.as_ptr() };
    now.len() as c_uint
}

#[export_callback(private)]
unsafe fn write(output: *mut c_void, piece: *mut c_uchar, length: c_uint) -> c_int {
    // SAFETY: what `inflateBack` was given, and its window's part that is new.
    unsafe {
        let piece = std::slice::from_raw_parts(piece, length as usize);
        (*output.cast::<Vec<u8>>()).extend(piece);
    }
    0
}

/// Decompresses a raw stream by callbacks alone.
fn unpack_back(packed: &[u8]) -> Result<Vec<u8>, c_int> {
    let mut window = vec![0; 1 << 15];
    let (mut stream, mut source, mut output) = (z_stream::new(), Source(packed), Vec::new());
    // SAFETY: the stream stays where it is and ends once; the window outlives it.
    let code = unsafe {
        let window = window.as_mut_ptr();
        assert_eq!(inflateBackInit(&raw mut stream, 15, window), Z_OK);
        let (from, to) = ((&raw mut source).cast(), (&raw mut output).cast());
        let code = inflateBack(&raw mut stream, Some(read), from, Some(write), to);
        assert_eq!(inflateBackEnd(&raw mut stream), Z_OK);
        code
    };
    if code == Z_STREAM_END { Ok(output) } else { Err(code) }
}

#[test]
fn memory_input_and_output_come_from_callbacks() {
    let data = sample();
    callgate::run(|| {
        let mut memory = Memory { most: usize::MAX, ..Memory::default() };
        let packed = pack_with(&mut memory, &data).unwrap();
        assert!(memory.taken > 1);
        assert!(memory.blocks.is_empty(), "everything is given back");
        assert_eq!(unpack_back(&packed).unwrap(), data);
        assert_eq!(unpack_back(&packed[..packed.len() / 2]), Err(Z_BUF_ERROR));
        let mut little = Memory { most: 2, ..Memory::default() };
        assert_eq!(pack_with(&mut little, &data), Err(Z_MEM_ERROR));
        assert!(little.blocks.is_empty(), "everything is given back");
    });
}

#[test]
fn many_gs_compress_with_callbacks_at_once() {
    // SAFETY: nothing in these Gs is tied to a thread.
    let spawner = unsafe { Spawner::new() };
    callgate::run(|| {
        let one = |g: usize| {
            let data = sample().split_off(g * 100);
            let mut memory = Memory { most: usize::MAX, ..Memory::default() };
            let packed = pack_with(&mut memory, &data).unwrap();
            memory.blocks.is_empty() && unpack_back(&packed).as_ref() == Ok(&data)
        };
        let gs: Vec<_> = (0..40).map(|g| spawner.go(move || one(g))).collect();
        assert!(gs.into_iter().all(|g| g.join().unwrap()));
    });
}

/// A file that is removed when it is dropped.
struct File(PathBuf);

impl File {
    fn new(name: &str) -> Self {
        let name = format!("callgate-headers-{}-{name}.gz", std::process::id());
        File(std::env::temp_dir().join(name))
    }

    fn open(&self, mode: &CStr) -> gzFile {
        let path = CString::new(self.0.to_str().unwrap()).unwrap();
        // SAFETY: strings with an end.
        let file = unsafe { gzopen(path.as_ptr(), mode.as_ptr()) };
        assert!(!file.is_null());
        file
    }
}

impl Drop for File {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.0);
    }
}

#[test]
fn gzip_files_are_written_and_read() {
    let path = File::new("lines");
    callgate::run(|| {
        let file = path.open(c"wb9");
        // SAFETY: the file is open; pointers with their lengths, strings with an end.
        unsafe {
            assert_eq!(gzbuffer(file, 4096), 0);
            assert_eq!(gzputs(file, c"first line\n".as_ptr()), 11);
            assert_eq!(gzputc(file, c_int::from(b'x')), c_int::from(b'x'));
            assert_eq!(gzwrite(file, b"yz\n".as_ptr().cast(), 3), 3);
            assert_eq!(gzfwrite(b"abcdef".as_ptr().cast(), 2, 3, file), 3);
            assert_eq!(gztell(file), 21);
            assert_eq!(gzflush(file, Z_SYNC_FLUSH), Z_OK);
            assert_eq!(gzsetparams(file, 1, Z_DEFAULT_STRATEGY), Z_OK);
            assert_eq!(gzclose_w(file), Z_OK);
        }
        assert_eq!(std::fs::read(&path.0).unwrap()[..3], [0x1f, 0x8b, 8]);
        let file = path.open(c"rb");
        let mut line = [0 as c_char; 100];
        // SAFETY: as above; the file is closed once.
        unsafe {
            assert_eq!(gzdirect(file), 0);
            assert_eq!(text(gzgets(file, line.as_mut_ptr(), 100)), "first line\n");
            assert_eq!(gzgetc(file), c_int::from(b'x'));
            assert_eq!(gzungetc(c_int::from(b'w'), file), c_int::from(b'w'));
            let mut bytes = [0_u8; 4];
            assert_eq!(gzread(file, (&raw mut bytes).cast(), 4), 4);
            assert_eq!(&bytes, b"wyz\n");
            assert_eq!(gzseek(file, 2, 1), 17);
            assert_eq!(gzfread((&raw mut bytes).cast(), 2, 2, file), 2);
            assert_eq!((&bytes, gzeof(file)), (b"cdef", 0));
            assert_eq!((gzgetc_(file), gzeof(file)), (-1, 1));
            assert_eq!(gzrewind(file), 0);
            assert_eq!((gztell64(file), gzgetc(file)), (0, c_int::from(b'f')));
            let mut code = 1;
            assert_eq!(text(gzerror(file, &raw mut code)), "");
            assert_eq!((code, gzclose_r(file)), (Z_OK, Z_OK));
        }
    });
}

#[test]
fn formats_are_written_and_a_damaged_file_is_reported() {
    let path = File::new("damaged");
    callgate::run(|| {
        let file = path.open(c"wb");
        // SAFETY: the file is open; the formats take one number and one string with an end.
        unsafe {
            assert_eq!(gzprintf(file, c"%05d,".as_ptr(), -42), 6);
            assert_eq!(gzprintf_text(file, c"<%s>".as_ptr(), c"text".as_ptr()), 6);
            assert_eq!(gzclose(file), Z_OK);
        }
        let mut bytes = std::fs::read(&path.0).unwrap();
        let checksum = bytes.len() - 8;
        bytes[checksum] ^= 0xff;
        std::fs::write(&path.0, bytes).unwrap();
        let file = path.open(c"rb");
        // SAFETY: the file is open; the pointers have their lengths; the file is closed once.
        unsafe {
            let (mut read, mut code) = ([0_u8; 12], 0);
            assert_eq!(gzread(file, (&raw mut read).cast(), 12), 12);
            assert_eq!(&read, b"-0042,<text>");
            assert_eq!(gzread(file, (&raw mut read).cast(), 1), -1);
            let message = text(gzerror(file, &raw mut code));
            assert_eq!(code, Z_DATA_ERROR);
            assert!(message.ends_with("incorrect data check"), "{message}");
            gzclearerr(file);
            gzerror(file, &raw mut code);
            assert_eq!((code, gzclose(file)), (Z_OK, Z_OK));
        }
    });
}
