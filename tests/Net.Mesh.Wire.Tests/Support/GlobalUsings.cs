global using System.Text.Json;
global using CsCheck;
global using Net.Mesh.Wire.Tests.Support;
global using Microsoft.Extensions.Time.Testing;
global using Net.Mesh.Node;
global using Net.Mesh.Transport;
