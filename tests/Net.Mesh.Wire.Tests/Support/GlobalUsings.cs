global using System.Text.Json;
global using CsCheck;
global using Net.Mesh.Wire.Tests.Support;
