package oip

import (
	"net/http"
	"net/url"
	"strings"
)

// route is what a path of the REST API names.
type route struct {
	kind    routeKind
	model   string
	version string
	receipt string
}

type routeKind uint8

const (
	routeNone routeKind = iota
	routeServer
	routeLive
	routeReady
	routeModel
	routeModelReady
	routeInfer
	routeReceipt
)

const (
	modelsPath   = "/v2/models/"
	receiptsPath = "/v2/assay/receipts/"
)

// parseRoute reads a path. The name of a model may have slashes, as clients leave them; where it ends like a path of
// this API, they are to be escaped.
func parseRoute(u *url.URL) (route, error) {
	path, escaped := u.Path, false
	if u.RawPath != "" {
		path, escaped = u.RawPath, true
	}
	switch path {
	case "/v2", "/v2/":
		return route{kind: routeServer}, nil
	case "/v2/health/live":
		return route{kind: routeLive}, nil
	case "/v2/health/ready":
		return route{kind: routeReady}, nil
	}
	if id, ok := strings.CutPrefix(path, receiptsPath); ok && id != "" && len(id) <= maxName {
		return route{kind: routeReceipt, receipt: id}, nil
	}
	rest, ok := strings.CutPrefix(path, modelsPath)
	if !ok {
		return route{}, nil
	}
	return parseModelRoute(rest, escaped)
}

func parseModelRoute(rest string, escaped bool) (r route, err error) {
	r.kind = routeModel
	if m, ok := strings.CutSuffix(rest, "/infer"); ok {
		r.kind, rest = routeInfer, m
	} else if m, ok := strings.CutSuffix(rest, "/ready"); ok {
		r.kind, rest = routeModelReady, m
	}
	r.model = rest
	const versions = "/versions/"
	if i := strings.LastIndex(rest, versions); i >= 0 {
		if r.model, r.version = rest[:i], rest[i+len(versions):]; r.version == "" || strings.Contains(r.version, "/") {
			return route{}, nil
		}
	}
	if escaped {
		if r.model, err = url.PathUnescape(r.model); err == nil {
			r.version, err = url.PathUnescape(r.version)
		}
		if err != nil {
			return route{}, invalid("path %q: %v", clipText(rest), err)
		}
	}
	if r.model == "" {
		return route{}, nil
	}
	return r, checkNames(r.model, r.version)
}

func checkNames(model, version string) error {
	if len(model) > maxName || len(version) > maxName {
		return invalid("model and version: expected at most %d bytes each, got %d and %d", maxName, len(model), len(version))
	}
	return nil
}

// method is what a route is asked with.
func (k routeKind) method() string {
	if k == routeInfer {
		return http.MethodPost
	}
	return http.MethodGet
}
