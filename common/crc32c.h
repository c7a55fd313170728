/* CRC-32C (Castagnoli; RFC 3720 appendix B.4), by the processor's instruction where it has one. */
#ifndef COMMON_CRC32C_H
#define COMMON_CRC32C_H

#include <stddef.h>
#include <stdint.h>

/* Continues crc (0 to begin) over len bytes. */
uint32_t crc32c(uint32_t crc, const void *bytes, size_t len);

/* The same without the instruction: what other processors get. */
uint32_t crc32c_portable(uint32_t crc, const void *bytes, size_t len);

/* Sets fix so that crc32c(before, fix and the len bytes behind it) is after: the checksum is
 * linear, so four bytes bring about any. */
void crc32c_solve(uint32_t before, uint32_t after, const void *behind, size_t len, uint8_t fix[4]);

#endif
