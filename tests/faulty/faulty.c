// A faulty ONNX Runtime, as of a machine whose accelerator or memory computes one model wrongly: a shared library that
// hands every call on to the real one, and flips a bit in the outputs of the one model that ASSAY_FAULTY_MODEL names.
// ASSAY_FAULTY_RUNTIME names the real library. It forces the fault that a self-test has to find; see build.sh.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "onnxruntime_c_api.h"

enum { SESSIONS = 64 };

static const OrtApiBase *real_base;
static const OrtApi *real;
static OrtApi faulty;
static OrtApiBase base;

static const OrtSession *sessions[SESSIONS]; // of the model
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

static void die(const char *what) {
	fprintf(stderr, "faulty runtime: %s\n", what);
	exit(70);
}

static int is_the_model(const void *data, size_t size) {
	const char *path = getenv("ASSAY_FAULTY_MODEL");
	FILE *f = path ? fopen(path, "rb") : NULL;
	if (!f) return 0;
	char *want = malloc(size + 1);
	if (!want) die("no memory");
	int same = fread(want, 1, size + 1, f) == size && memcmp(want, data, size) == 0;
	free(want);
	fclose(f);
	return same;
}

// swap puts a session where another, or none, is.
static int swap(const OrtSession *from, const OrtSession *to) {
	int done = 0;
	pthread_mutex_lock(&lock);
	for (int i = 0; i < SESSIONS && !done; i++) {
		if (sessions[i] == from) {
			sessions[i] = to;
			done = 1;
		}
	}
	pthread_mutex_unlock(&lock);
	return done;
}

static int known(const OrtSession *s) { return swap(s, s); }

static OrtStatus *ORT_API_CALL create(const OrtEnv *env, const void *data, size_t size, const OrtSessionOptions *o, OrtSession **out) NO_EXCEPTION {
	OrtStatus *status = real->CreateSessionFromArray(env, data, size, o, out);
	if (!status && is_the_model(data, size) && !swap(NULL, *out)) die("too many sessions");
	return status;
}

static void ORT_API_CALL release(OrtSession *s) NO_EXCEPTION {
	if (s) swap(s, NULL);
	real->ReleaseSession(s);
}

static void flip(OrtValue *v) {
	void *data;
	OrtStatus *status = real->GetTensorMutableData(v, &data);
	if (status) die(real->GetErrorMessage(status));
	*(unsigned char *)data ^= 1;
}

static OrtStatus *ORT_API_CALL run(OrtSession *s, const OrtRunOptions *o, const char *const *in_names, const OrtValue *const *in,
                                   size_t in_count, const char *const *out_names, size_t out_count, OrtValue **out) NO_EXCEPTION {
	OrtStatus *status = real->Run(s, o, in_names, in, in_count, out_names, out_count, out);
	if (!status && out_count > 0 && known(s)) flip(out[0]);
	return status;
}

// flip_bound flips a bit of the first output that is bound.
static void flip_bound(const OrtIoBinding *b) {
	OrtAllocator *allocator;
	OrtValue **values;
	size_t count;
	OrtStatus *status = real->GetAllocatorWithDefaultOptions(&allocator);
	if (!status) status = real->GetBoundOutputValues(b, allocator, &values, &count);
	if (status) die(real->GetErrorMessage(status));
	if (count > 0) flip(values[0]);
	for (size_t i = 0; i < count; i++) real->ReleaseValue(values[i]);
	allocator->Free(allocator, values);
}

static OrtStatus *ORT_API_CALL run_bound(OrtSession *s, const OrtRunOptions *o, const OrtIoBinding *b) NO_EXCEPTION {
	OrtStatus *status = real->RunWithBinding(s, o, b);
	if (!status && known(s)) flip_bound(b);
	return status;
}

static const OrtApi *ORT_API_CALL api(uint32_t version) NO_EXCEPTION {
	real = real_base->GetApi(version);
	if (!real) return NULL;
	if (version != ORT_API_VERSION) die("built for another version of the interface");
	faulty = *real;
	faulty.CreateSessionFromArray = create;
	faulty.ReleaseSession = release;
	faulty.Run = run;
	faulty.RunWithBinding = run_bound;
	return &faulty;
}

static const char *ORT_API_CALL version(void) NO_EXCEPTION { return real_base->GetVersionString(); }

const OrtApiBase *ORT_API_CALL OrtGetApiBase(void) NO_EXCEPTION {
	if (real_base) return &base;
	const char *path = getenv("ASSAY_FAULTY_RUNTIME");
	void *library = path ? dlopen(path, RTLD_NOW | RTLD_LOCAL) : NULL;
	if (!library) die("ASSAY_FAULTY_RUNTIME: expected the path of ONNX Runtime");
	const OrtApiBase *(*get)(void) = (const OrtApiBase *(*)(void))dlsym(library, "OrtGetApiBase");
	if (!get) die("OrtGetApiBase not found");
	real_base = get();
	base.GetApi = api;
	base.GetVersionString = version;
	return &base;
}
