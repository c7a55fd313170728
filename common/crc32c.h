/* CRC-32C (Castagnoli; RFC 3720 appendix B.4), by the processor's instruction where it has one. */
#ifndef COMMON_CRC32C_H
#define COMMON_CRC32C_H

#include <stddef.h>
#include <stdint.h>

/* Continues crc (0 to begin) over len bytes. */
uint32_t crc32c(uint32_t crc, const void *bytes, size_t len);

/* The same without the instruction: what other processors get. */
uint32_t crc32c_portable(uint32_t crc, const void *bytes, size_t len);

#endif
