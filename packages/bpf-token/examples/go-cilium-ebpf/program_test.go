// SPDX-License-Identifier: MIT

//go:build program

package counter

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// report is what bpf-token test --json prints.
type report struct {
	Tests []struct {
		Kernel, Name, Outcome string
		Problems              []struct {
			Line, Column int
			Text         string
		}
	}
}

// TestProgram runs counter.test.yaml on the embedded object, each of its tests as a subtest.
func TestProgram(t *testing.T) {
	tests, err := os.ReadFile("../counter.test.yaml")
	if err != nil {
		t.Fatal(err)
	}
	folder := t.TempDir()
	file := filepath.Join(folder, "counter.test.yaml")
	err = errors.Join(
		os.WriteFile(file, tests, 0o600),
		os.WriteFile(filepath.Join(folder, "counter.bpf.o"), object, 0o600),
	)
	if err != nil {
		t.Fatal(err)
	}
	found, err := runTests(file)
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range found.Tests {
		t.Run(test.Kernel+"/"+test.Name, func(t *testing.T) {
			for _, problem := range test.Problems {
				t.Logf("counter.test.yaml:%d:%d: %s", problem.Line, problem.Column, problem.Text)
			}
			if test.Outcome != "passed" {
				t.Fail()
			}
		})
	}
}

// runTests runs the command. A failed test is no error: the report has it.
func runTests(file string) (found report, err error) {
	var output, messages bytes.Buffer
	command := exec.Command("bpf-token", "test", file, "--json")
	command.Stdout, command.Stderr = &output, &messages
	err = command.Run()
	if json.Unmarshal(output.Bytes(), &found) != nil || len(found.Tests) == 0 {
		return found, fmt.Errorf("bpf-token test: %v\n%s%s", err, &output, &messages)
	}
	return found, nil
}
