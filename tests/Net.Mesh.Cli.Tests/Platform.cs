// File modes and signals are what these tests are about.
[assembly: System.Runtime.Versioning.UnsupportedOSPlatform("windows")]
