/* The types of the table by the names that Rust has for them, and the values that a literal can't give. */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/types.h>
#include <wchar.h>

typedef int8_t i8;
typedef uint8_t u8;
typedef int16_t i16;
typedef uint16_t u16;
typedef int32_t i32;
typedef uint32_t u32;
typedef int64_t i64;
typedef uint64_t u64;
/* clang before 18 passes one of these half in a register and half on the stack, where the ABI, GCC and
 * Rust put all of it on the stack: with such a compiler the tests that have one there fail. */
__extension__ typedef __int128 i128;
__extension__ typedef unsigned __int128 u128;
typedef float f32;
typedef double f64;
typedef char c_char;
typedef signed char c_schar;
typedef unsigned char c_uchar;
typedef short c_short;
typedef unsigned short c_ushort;
typedef int c_int;
typedef unsigned c_uint;
typedef long c_long;
typedef unsigned long c_ulong;
typedef long long c_longlong;
typedef unsigned long long c_ulonglong;
typedef void *address;

typedef enum { Red, Green, Blue } colour;
typedef u8 level;
enum { Low = 1, High = 255 };
typedef enum { Minus = -1, Nought, Plus } sign;

static inline address at(uintptr_t address) { return (void *)address; }
static inline i128 i128_of(u64 high, u64 low) { return (i128)((u128)high << 64 | low); }
static inline u128 u128_of(u64 high, u64 low) { return (u128)high << 64 | low; }

static inline f32 f32_of(u32 bits) {
    f32 x;
    memcpy(&x, &bits, sizeof x);
    return x;
}

static inline f64 f64_of(u64 bits) {
    f64 x;
    memcpy(&x, &bits, sizeof x);
    return x;
}
