package ort

/*
#include <stdlib.h>
#ifdef __GLIBC__
#include <malloc.h>
static void trim(void) { malloc_trim(0); }
#else
static void trim(void) {}
#endif
*/
import "C"

// trim gives the C heap's free pages back to the system. Without it they stay with the process: glibc
// keeps a heap for each of many threads, and a model is loaded on one and run on others.
func trim() { C.trim() }
