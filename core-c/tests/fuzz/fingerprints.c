// SPDX-License-Identifier: GPL-2.0-only
/*
 * Prints the fingerprint of each input on a line, for a comparison with WebAssembly: `fingerprints
 * FILE`. The file contains inputs, each preceded by its length as u32.
 */
#include "sequence.h"

int printf(const char *fmt, ...) __attribute__((__format__(printf, 1, 2)));
void *fopen(const char *path, const char *mode);
size_t fread(void *to, size_t size, size_t n, void *stream);
int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const u8 *bytes, size_t size);

int main(int argc, char **argv)
{
	void *file = argc == 2 ? fopen(argv[1], "r") : NULL;
	static u8 bytes[4097];
	u32 len, i;

	if (!file || LLVMFuzzerInitialize(&argc, &argv))
		return 2;
	while (fread(&len, sizeof(len), 1, file) == 1 && len <= sizeof(bytes) &&
	       fread(bytes, 1, len, file) == len) {
		LLVMFuzzerTestOneInput(bytes, len);
		printf("%016llx %u %u %u", seq.result.hash, seq.result.calls, seq.result.tokens,
		       seq.result.uses);
		for (i = 0; i < seq.result.calls && i < SEQ_TRAIL; i++)
			printf(" %08x", seq.result.trail[i]);
		printf("\n");
	}
	return 0;
}
