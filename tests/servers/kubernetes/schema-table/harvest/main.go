// Harvest writes, for each built-in kind, what the server puts where nothing is written, and what becomes of empty
// values. It links the server's own Go types, fills them at random, lets the scheme default them, and converts them to
// the internal version and back. Admission, allocation and update strategies are not in it: generate.py lists them.
//
// usage: harvest OPENAPI_V2 > HARVEST
package main

import (
	"encoding/json"
	"fmt"
	"math/rand"
	"os"
	"reflect"
	"strings"

	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/util/intstr"
	"k8s.io/kubernetes/pkg/api/legacyscheme"
	_ "k8s.io/kubernetes/pkg/apis/admissionregistration/install"
	_ "k8s.io/kubernetes/pkg/apis/apps/install"
	_ "k8s.io/kubernetes/pkg/apis/autoscaling/install"
	_ "k8s.io/kubernetes/pkg/apis/batch/install"
	_ "k8s.io/kubernetes/pkg/apis/certificates/install"
	_ "k8s.io/kubernetes/pkg/apis/coordination/install"
	_ "k8s.io/kubernetes/pkg/apis/core/install"
	_ "k8s.io/kubernetes/pkg/apis/discovery/install"
	_ "k8s.io/kubernetes/pkg/apis/flowcontrol/install"
	_ "k8s.io/kubernetes/pkg/apis/networking/install"
	_ "k8s.io/kubernetes/pkg/apis/node/install"
	_ "k8s.io/kubernetes/pkg/apis/policy/install"
	_ "k8s.io/kubernetes/pkg/apis/rbac/install"
	_ "k8s.io/kubernetes/pkg/apis/resource/install"
	_ "k8s.io/kubernetes/pkg/apis/scheduling/install"
	_ "k8s.io/kubernetes/pkg/apis/storage/install"
)

var stop = map[reflect.Type]bool{reflect.TypeOf(metav1.Time{}): true, reflect.TypeOf(metav1.MicroTime{}): true, reflect.TypeOf(resource.Quantity{}): true,
	reflect.TypeOf(intstr.IntOrString{}): true, reflect.TypeOf(runtime.RawExtension{}): true, reflect.TypeOf(metav1.ObjectMeta{}): true, reflect.TypeOf(metav1.TypeMeta{}): true}

var enums map[string][]string

// readEnums keeps, by field name, the values that the OpenAPI document allows: at random, defaulting would see few of them.
func readEnums(path string) {
	text, err := os.ReadFile(path)
	if err != nil {
		panic(err)
	}
	var document struct {
		Definitions map[string]struct {
			Properties map[string]struct {
				Enum []string `json:"enum"`
			} `json:"properties"`
		} `json:"definitions"`
	}
	if err := json.Unmarshal(text, &document); err != nil {
		panic(err)
	}
	enums = map[string][]string{}
	for _, definition := range document.Definitions {
		for field, property := range definition.Properties {
			enums[field] = append(enums[field], property.Enum...)
		}
	}
}

func name(f reflect.StructField) (string, string) {
	t := strings.Split(f.Tag.Get("json"), ",")
	return t[0], strings.Join(t[1:], ",")
}

// types says for each path whether an empty value is dropped when the server writes it out
func types(t reflect.Type, p string, depth int, out map[string]string) {
	if depth > 16 || stop[t] {
		return
	}
	switch t.Kind() {
	case reflect.Ptr:
		types(t.Elem(), p, depth, out)
	case reflect.Slice:
		types(t.Elem(), p+"[]", depth+1, out)
	case reflect.Map:
		types(t.Elem(), p+".*", depth+1, out)
	case reflect.Struct:
		for i := 0; i < t.NumField(); i++ {
			f := t.Field(i)
			n, opt := name(f)
			if n == "-" || f.Name == "Status" && depth == 0 {
				continue
			}
			q := p
			if n != "" {
				q = p + "." + n
				k := f.Type.Kind()
				omit := strings.Contains(opt, "omitempty")
				z := "keep"
				if omit && k != reflect.Ptr && k != reflect.Struct {
					z = "drop"
				} else if k == reflect.Ptr {
					z = "ptr"
				} else if k == reflect.Struct {
					z = "struct"
					if strings.Contains(opt, "omitzero") {
						z = "drop"
					}
				} else if k == reflect.Slice || k == reflect.Map {
					z = "null"
				}
				out[q] = z
			}
			types(f.Type, q, depth+1, out)
		}
	}
}

func fuzz(v reflect.Value, n string, depth int, full float64) {
	if depth > 16 {
		return
	}
	t := v.Type()
	if t == reflect.TypeOf(resource.Quantity{}) {
		v.Set(reflect.ValueOf(resource.MustParse([]string{"1", "2Gi"}[rand.Intn(2)])))
		return
	}
	if t == reflect.TypeOf(intstr.IntOrString{}) {
		v.Set(reflect.ValueOf([]intstr.IntOrString{intstr.FromInt32(3), intstr.FromString("30%")}[rand.Intn(2)]))
		return
	}
	if stop[t] {
		return
	}
	yes := rand.Float64() < full
	switch v.Kind() {
	case reflect.Ptr:
		if yes {
			v.Set(reflect.New(t.Elem()))
			fuzz(v.Elem(), n, depth+1, full)
			switch t.Elem().Kind() {
			case reflect.String, reflect.Bool, reflect.Int32, reflect.Int64:
				fuzz(v.Elem(), n, depth+1, 1)
			}
		}
	case reflect.Struct:
		for i := 0; i < v.NumField(); i++ {
			f := t.Field(i)
			if v.Field(i).CanSet() && (f.Name != "Status" || depth > 0) {
				x, _ := name(f)
				fuzz(v.Field(i), x, depth+1, full)
			}
		}
	case reflect.Slice:
		if (yes || full == 0) && t.Elem().Kind() != reflect.Uint8 {
			s := reflect.MakeSlice(t, 1, 1)
			fuzz(s.Index(0), n, depth+1, full)
			v.Set(s)
		}
	case reflect.Map:
		if yes && t.Key().Kind() == reflect.String && t.Elem().Kind() != reflect.Slice {
			m := reflect.MakeMap(t)
			e := reflect.New(t.Elem()).Elem()
			fuzz(e, n, depth+1, 1)
			m.SetMapIndex(reflect.ValueOf([]string{"cpu", "memory"}[rand.Intn(2)]).Convert(t.Key()), e)
			v.Set(m)
		}
	case reflect.String:
		if yes {
			c := enums[n]
			if len(c) == 0 {
				c = []string{"a", "b"}
			}
			v.SetString(c[rand.Intn(len(c))])
		}
	case reflect.Bool:
		v.SetBool(yes && rand.Intn(2) == 0)
	case reflect.Int32, reflect.Int64, reflect.Int:
		if yes {
			v.SetInt(int64(rand.Intn(3) + 1))
		}
	}
}

func flat(p string, x any, out map[string]any) {
	switch t := x.(type) {
	case map[string]any:
		for k, e := range t {
			flat(p+"."+k, e, out)
		}
		out[p] = map[string]any{}
	case []any:
		for _, e := range t {
			flat(p+"[]", e, out)
		}
		out[p] = []any{}
		if len(t) > 0 {
			if _, ok := t[0].(map[string]any); !ok {
				out[p] = t
			}
		}
	case nil:
	default:
		out[p] = x
	}
}

func tojson(o any) map[string]any {
	b, err := json.Marshal(o)
	if err != nil {
		panic(err)
	}
	m := map[string]any{}
	json.Unmarshal(b, &m)
	r := map[string]any{}
	flat("", m, r)
	return r
}

func parent(p string) string { return p[:strings.LastIndexAny(p, ".")] }

type stat struct {
	Values map[string]int `json:"values"`
	None   int            `json:"none"`
}

func main() {
	readEnums(os.Args[1])
	rounds := 1500
	res := map[string]any{}
	for gvk, t := range legacyscheme.Scheme.AllKnownTypes() {
		if gvk.Version == runtime.APIVersionInternal || strings.HasSuffix(gvk.Kind, "List") || strings.HasSuffix(gvk.Kind, "Options") || strings.Contains(gvk.Version, "alpha") || strings.Contains(gvk.Version, "beta") {
			continue
		}
		st := map[string]*stat{}
		before := make([]map[string]any, rounds)
		after := make([]map[string]any, rounds)
		for r := 0; r < rounds; r++ {
			v := reflect.New(t)
			if r > 0 {
				fuzz(v.Elem(), "", 0, []float64{0.5, 0.75, 0.9, 0.3, 0.15, 0}[r%6])
			}
			o, ok := v.Interface().(runtime.Object)
			if !ok {
				continue
			}
			before[r] = tojson(o)
			func() {
				defer func() {
					if e := recover(); e != nil && r < 3 {
						fmt.Fprintln(os.Stderr, gvk, e)
					}
				}()
				legacyscheme.Scheme.Default(o)
				in, err := legacyscheme.Scheme.ConvertToVersion(o, schema.GroupVersion{Group: gvk.Group, Version: runtime.APIVersionInternal})
				if err != nil {
					if r == 0 {
						fmt.Fprintln(os.Stderr, gvk, err)
					}
					return
				}
				back, err := legacyscheme.Scheme.ConvertToVersion(in, gvk.GroupVersion())
				if err == nil {
					o = back
				}
			}()
			after[r] = tojson(o)
			delete(after[r], ".apiVersion")
			delete(after[r], ".kind")
			for k, e := range after[r] {
				if b, ok := before[r][k]; !ok || fmt.Sprint(b) == "" {
					if fmt.Sprint(e) == "" {
						continue
					}
					j, _ := json.Marshal(e)
					if st[k] == nil {
						st[k] = &stat{Values: map[string]int{}}
					}
					st[k].Values[string(j)]++
				}
			}
		}
		// how often was the path absent before and after, while its parent was there
		for r := range before {
			for k, s := range st {
				if k == "" {
					continue
				}
				pp := strings.TrimSuffix(parent(k), "[]")
				if strings.HasSuffix(parent(k), "[]") {
					pp = parent(k)
				}
				_, inAfter := after[r][k]
				if _, ok := after[r][pp]; ok && !inAfter || pp == "" && after[r] != nil && !inAfter {
					s.None++
				}
			}
		}
		zt := map[string]string{}
		types(t, "", 0, zt)
		res[gvk.GroupVersion().String()+"/"+gvk.Kind] = map[string]any{"defaults": st, "empty": zt}
	}
	j, _ := json.MarshalIndent(res, "", " ")
	os.Stdout.Write(j)
}
